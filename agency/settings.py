"""One settings module for every environment; only environment variables differ.

Each variable is in one table with its default: docs/operations.md. Business limits
(10 minutes, 30 minutes) are not settings but rules with a source: agency/core/rules.csv.
"""

from datetime import timedelta
from pathlib import Path

import environ
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env("VAR_DIR", default=BASE_DIR / "var"))

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
SECURE = env.bool("SECURE", default=not DEBUG)
SECRET_KEY = env("SECRET_KEY")
SEALING_KEYS = {
    "cases_consumer": env("CONSUMER_KEYS"),
    "cases_reporter": env("REPORTER_KEYS"),
    "core_storedfile": env("FILE_KEYS", default=env("REPORTER_KEYS")),
    "core_factor": env("FACTOR_KEYS", default=env("CONSUMER_KEYS")),
    "interviews_service": env("INTERVIEW_KEYS", default=env("CONSUMER_KEYS")),
    "interviews_serviceaddress": env("INTERVIEW_KEYS", default=env("CONSUMER_KEYS")),
    "interviews_pledgeitem": env("INTERVIEW_KEYS", default=env("CONSUMER_KEYS")),
    "outlets_staff": env("OUTLET_STAFF_KEYS", default=env("CONSUMER_KEYS")),
    "outlets_odrcontact": env("OUTLET_STAFF_KEYS", default=env("CONSUMER_KEYS")),
}
INDEX_KEY = env("INDEX_KEY")
REVEALS_AN_HOUR = env.int("REVEALS_AN_HOUR", default=60)
LOOKUPS_AN_HOUR = env.int("LOOKUPS_AN_HOUR", default=120)
# A search for words goes through what arrived within so many months or is open, for so long at most.
SEARCH_MONTHS = env.int("SEARCH_MONTHS", default=12)
SEARCH_TIMEOUT_MS = env.int("SEARCH_TIMEOUT_MS", default=3000)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Applications, lowest layer first ---------------------------------------------------
INSTALLED_APPS = [
    "pgtrigger",
    "agency.core",
    "cases",
    "outlets",
    "interviews",
    "reports",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "agency.apps.StaffAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
AUTH_USER_MODEL = "core.User"
ROOT_URLCONF = "agency.urls"
WSGI_APPLICATION = "agency.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "agency.core.middleware.NotKept",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "agency.core.accounts.sessions.OnlyTheWall",
    "agency.core.middleware.ChineseFirst",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "agency.core.audit.acting.WhoActs",
    "agency.core.presence.SignsOfLife",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# PostgreSQL: the truth, and the only clock ----------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres:///agency")}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {
        "connect_timeout": 3,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        # Who is frozen within a transaction loses its locks after DB_IDLE_TIMEOUT. The other
        # two are longer: a full batch of the sweep, an import or a report on a slow machine
        # must come to its end, or it would be begun anew for ever.
        "options": "-c statement_timeout=%s -c lock_timeout=%s -c idle_in_transaction_session_timeout=%s"
        % (
            env("DB_STATEMENT_TIMEOUT", default="30s"),
            env("DB_LOCK_TIMEOUT", default="10s"),
            env("DB_IDLE_TIMEOUT", default="5s"),
        ),
    }
)

# Redis: the rhythm, and nothing that may not be lost --------------------------------------
REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
SOCKET = {"socket_timeout": 5, "socket_connect_timeout": 3, "socket_keepalive": True}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {**SOCKET, "socket_timeout": 1, "socket_connect_timeout": 1},
    }
}
CELERY_BROKER_URL = REDIS_URL
# The four that bring a worker back from a silent connection in 12 s instead of never,
# and a visibility above the hard time limit, so that a running task is never redelivered.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **SOCKET,
    "health_check_interval": 5,
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.5,
    "interval_max": 1,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000  # KiB
CELERY_TASK_SOFT_TIME_LIMIT = 20
CELERY_TASK_TIME_LIMIT = 30
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"

# Mail: the way out of the building ---------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default="smtp://127.0.0.1:25"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="agency@localhost")
NOTIFY_BY_EMAIL = env.bool("NOTIFY_BY_EMAIL", default=not DEMO)
WARNINGS_KEPT_DAYS = env.int("WARNINGS_KEPT_DAYS", default=180)
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:%s" % env("PORT", default="8000"))

# Duty: when one shift ends and the next begins, in Shanghai ------------------------------------
DUTY_CHANGES = env.list("DUTY_CHANGES", default=["08:00", "20:00"])
# A dispatch that names no handler gives the case to who has the least in hand.
BALANCE_DISPATCH = env.bool("BALANCE_DISPATCH", default=False)
# After so long without a sign of life a waiting ticket goes on to another (cases/workflow/relief.py).
HAND_OVER_AFTER = timedelta(minutes=env.int("HAND_OVER_AFTER_MINUTES", default=5))

# People: Chinese first, Shanghai time -----------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
# The product's own texts, and those of the admin theme, which comes without Chinese ones.
LOCALE_PATHS = [BASE_DIR / "agency" / "locale", BASE_DIR / "agency" / "locale" / "unfold"]
FORMAT_MODULE_PATH = "agency.formats"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

AUTHENTICATION_BACKENDS = ["agency.core.backends.RoleBackend"]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
CSRF_FAILURE_VIEW = "agency.core.views.stale_form"
# After so many wrong passwords within so long there is a rest of as long (agency/core/accounts/brake.py):
# for a name from one place, for a name from anywhere, for a place.
LOGIN_TRIES = env.int("LOGIN_TRIES", default=10)
LOGIN_TRIES_ANYWHERE = env.int("LOGIN_TRIES_ANYWHERE", default=50)
LOGIN_TRIES_OF_A_PLACE = env.int("LOGIN_TRIES_OF_A_PLACE", default=100)
LOGIN_REST = timedelta(minutes=env.int("LOGIN_REST_MINUTES", default=10))
BROWSER_KNOWN = timedelta(days=180)
# Who logs in is asked for a code of their phone too (agency/core/accounts/factor.py).
SECOND_FACTOR = env.bool("SECOND_FACTOR", default=not DEMO)
# How long a session lasts, and how many an account may have; 0: any number (agency/core/accounts/sessions.py).
SESSION_ENGINE = "agency.core.accounts.sessions"
SESSION_IDLE = timedelta(minutes=env.int("SESSION_IDLE_MINUTES", default=30))
SESSION_LENGTH = timedelta(hours=env.int("SESSION_HOURS", default=12))
SESSIONS_AT_ONCE = env.int("SESSIONS_AT_ONCE", default=0 if DEMO else 1)
WALL_LASTS = timedelta(days=env.int("WALL_DAYS", default=30))
LOGIN_LASTS = timedelta(minutes=15)  # from the password to the last step of the login
SESSION_COOKIE_AGE = int(SESSION_LENGTH.total_seconds())
# Links to a first password, and to a new one (agency/core/accounts/links.py).
INVITATION_LASTS = timedelta(days=env.int("INVITATION_DAYS", default=7))
FORGOTTEN_LASTS = timedelta(minutes=env.int("FORGOTTEN_MINUTES", default=60))
PASSWORD_RESET_TIMEOUT = int(max(INVITATION_LASTS, FORGOTTEN_LASTS).total_seconds())
PASSWORD_LENGTH = env.int("PASSWORD_LENGTH", default=10)
PASSWORD_KINDS = env.int("PASSWORD_KINDS", default=3)
# After so long another is chosen on the way in; 0: never.
PASSWORD_LASTS = timedelta(days=env.int("PASSWORD_DAYS", default=0 if DEMO else 90))
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "agency.core.accounts.passwords.Length",
        "OPTIONS": {"min_length": PASSWORD_LENGTH},
    },
    {
        "NAME": "agency.core.accounts.passwords.KindsOfCharacters",
        "OPTIONS": {"kinds": PASSWORD_KINDS},
    },
    {
        "NAME": "agency.core.accounts.passwords.UnlikeOwner",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "agency.core.accounts.passwords.Uncommon"},
    {"NAME": "agency.core.accounts.passwords.MoreThanDigits"},
]

# Static files lie with their apps; whitenoise serves them -----------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = False

# HTTP hardening ---------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
# So many proxies of ours stand in front: one, or as many as are told.
_told = env("BEHIND_PROXY", default="0")
PROXIES = int(_told) if _told.isdecimal() else int(env.bool("BEHIND_PROXY"))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# No matter for an outlet: codes of categories or problems, with all below them.
# Source: docs/rules.md, section "Green channel".
NEVER_REFERRED = env.list("NEVER_REFERRED", default=["P0801", "P0404"])
# An outlet has longer to answer in a matter of cars, or of so many yuan. Source: ibid.
BIG_MATTERS = env.list("BIG_MATTERS", default=["G0801", "S1402"])
BIG_AMOUNT = env.int("BIG_AMOUNT", default=10_000)
OUTLET_STANDARD = env("OUTLET_STANDARD", default="db4403-321")
OUTLET_TERM_YEARS = env.int("OUTLET_TERM_YEARS", default=3)
OUTLET_NUMBER = env("OUTLET_NUMBER", default="消维站〔{year}〕#号")
# An outlet that left so many cases unanswered within so many days is proposed for suspension.
OUTLET_SILENT_CASES = env.int("OUTLET_SILENT_CASES", default=3)
OUTLET_SILENT_DAYS = env.int("OUTLET_SILENT_DAYS", default=365)
# Firms worth inviting to be ODR enterprises: so many complaints within so many days, and of those
# that ended in mediation at least so many percent settled.
ODR_INVITE_COMPLAINTS = env.int("ODR_INVITE_COMPLAINTS", default=10)
ODR_INVITE_SETTLED = env.int("ODR_INVITE_SETTLED", default=60)
ODR_INVITE_DAYS = env.int("ODR_INVITE_DAYS", default=365)
PUBLISH_REFUSED = env.bool("PUBLISH_REFUSED", default=False)
"""Whether a person decides on publishing a complaint that was not accepted: else nobody need."""
CALLBACK_SHARE = env.int("CALLBACK_SHARE", default=20)
"""Percent of the complaints that ended on a day, at least one, that are drawn to be called back."""

# What somebody may take out as spreadsheets (cases/exports.py).
# what the success of mediation is measured by: ended, accepted or received
MEDIATION_RATE_OF = env("MEDIATION_RATE_OF", default="ended")
EXPORT_ROWS = env.int("EXPORT_ROWS", default=5000)
EXPORTS_AN_HOUR = env.int("EXPORTS_AN_HOUR", default=10)
EXPORT_ALERT_ROWS = env.int("EXPORT_ALERT_ROWS", default=10_000)
IMPORT_ROWS = env.int("IMPORT_ROWS", default=2000)  # on the page; the command takes any number
BULK_MAX_BYTES = 64 * 1024 * 1024
# Files people send: to the disk as they come, checked, and served only through a permission check.
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MB", default=20) * 1024 * 1024
MEDIA_ROOT = VAR_DIR / "media"
# How the numbers of issued documents are written (cases/letters/forms.py has each form's word).
DOCUMENT_NUMBER_AMR = env("DOCUMENT_NUMBER_AMR", default="市监投{word}〔{year}〕第{number}号")
DOCUMENT_NUMBER_COUNCIL = env("DOCUMENT_NUMBER_COUNCIL", default="消{word}〔{year}〕{number}号")
# What the numbers of letters begin with (发文机关代字), where no unit has its own.
LETTER_PREFIX = env("LETTER_PREFIX", default="厦消")
AGENCY_PHONE = env("AGENCY_PHONE", default="12315")
LETTER_FONTS = env("LETTER_FONTS", default="")
"""A folder with 仿宋 and 小标宋 that letters are set in; without it in the bundled ones."""
MERCHANT_LINK_DAYS = env.int("MERCHANT_LINK_DAYS", default=15)
"""Days for which a merchant's link to report its repairs opens (interviews/workflow/links.py)."""
PLEDGE_WATCH_DAYS = env.int("PLEDGE_WATCH_DAYS", default=365)
"""Days after a pledge within which a repeated complaint alarms (interviews/workflow/watching.py)."""
FILE_UPLOAD_HANDLERS = ["agency.core.files.Uploads"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # unfold's Alpine evaluates attribute expressions; nothing inline is allowed.
        "script-src": ["'self'", "'unsafe-eval'"],
        # unfold writes its colours into the page, htmx the style of its indicators.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# The staff admin --------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": _("Consumer protection workbench"),
    "SITE_HEADER": _("Consumer protection workbench"),
    "SITE_URL": None,
    "SITE_SYMBOL": "balance",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("core/icon.svg")}
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "4px",
    "STYLES": [lambda request: static("core/admin.css")],
    "SCRIPTS": [
        lambda request: static("core/admin.js"),
        lambda request: static("core/draft.js"),
    ],
    "SIDEBAR": {"navigation": "agency.core.navigation.groups"},
    "ACCOUNT": {
        "navigation": [{"title": _("My account"), "link": reverse_lazy("own_account")}],
    },
    "DASHBOARD_CALLBACK": "cases.admin.queue.start_page",
    # One accent: a calm blue, with AA contrast for white on 600 and for 700 on white.
    "COLORS": {
        "primary": {
            "50": "#eff5fb", "100": "#dbe8f5", "200": "#bcd4ec", "300": "#8fb7de",
            "400": "#5b95cc", "500": "#3a7abb", "600": "#1f5fa8", "700": "#1a4f8b",
            "800": "#194471", "900": "#183a5e", "950": "#10253e",
        }
    },
}  # fmt: skip

# API ------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "agency.core.api.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["agency.core.api.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {"intake": env("INTAKE_RATE", default="6000/min")},
    "EXCEPTION_HANDLER": "agency.core.api.problem",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Consumer-protection agency API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "CaseKind": "cases.lifecycle.Kind",
        "CaseState": "cases.lifecycle.State",
        "InterviewKind": "interviews.models.Interview.Kind",
        "InterviewState": "interviews.lifecycle.State",
        "MerchantCourse": "interviews.lifecycle.Course",
        "Repair": "interviews.lifecycle.Repair",
        "ServiceMethod": "interviews.models.service.SIX",
        "MediationMethod": "cases.models.MediationSession.Method",
        "HowServed": "interviews.models.service.Service.Method",
        "GuidanceKind": "interviews.models.Guidance.Kind",
        "OutletState": "outlets.lifecycle.State",
        "OdrState": "outlets.odr_lifecycle.State",
        "HowTold": "cases.models.decision.PartyNotice.How",
        "HowToldInWriting": "cases.models.IN_WRITING",
        "CallRating": "cases.models.FollowUp.Satisfaction",
        "Rating": "cases.models.mediation.RATINGS",
        "PetitionForm": "cases.models.PetitionSheet.Form",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "agency.core.logs.Discreet",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"pikepdf": {"level": "WARNING"}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="INFO")},
}
