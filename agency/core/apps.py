from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "agency.core"
    verbose_name = _("system")

    def ready(self) -> None:
        from agency.core.audit import acting

        connection_created.connect(acting.tell_through)
        post_migrate.connect(_after_migrations, sender=self)


def _after_migrations(plan=None, using="default", **_kwargs) -> None:
    """Every table there is now is audited, and sealed. ``plan`` is None after a flush: nothing is new then."""
    from agency.core import audit

    if plan is not None:
        audit.install()
