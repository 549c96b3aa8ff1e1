"""The kernel's tables as of the first 26 migrations, which this one stands for."""

import datetime
import uuid

import django.contrib.auth.validators
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import agency.core.clock
import agency.core.models.trail
import agency.core.sealing
from agency.core.audit import triggers
from agency.core.migrating import at_once


class Migration(migrations.Migration):
    replaces = [
        ("core", "0001_initial"),
        ("core", "0002_rules_that_can_run"),
        ("core", "0003_no_superuser"),
        ("core", "0004_calendar_days_agree"),
        ("core", "0005_rules_pinned_by_their_clocks"),
        ("core", "0006_one_root"),
        ("core", "0007_login_tries"),
        ("core", "0008_what_rules_bind"),
        ("core", "0009_files"),
        ("core", "0010_numbers"),
        ("core", "0011_last_seen"),
        ("core", "0012_expert_role"),
        ("core", "0013_notices_put_aside"),
        ("core", "0014_steps_without_end"),
        ("core", "0015_accesses"),
        ("core", "0016_sessions"),
        ("core", "0017_second_factor"),
        ("core", "0018_audit"),
        ("core", "0019_seals"),
        ("core", "0020_password_since"),
        ("core", "0021_exports"),
        ("core", "0022_trails_summarized"),
        ("core", "0023_bundles"),
        ("core", "0024_unit_areas"),
        ("core", "0025_files_opened"),
        ("core", "0026_session_keys_digested"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = at_once(
        BtreeGistExtension(),
        # Columns default to the clock and to the trail's number.
        migrations.RunSQL(agency.core.clock.CREATE_AGENCY_NOW, agency.core.clock.DROP_AGENCY_NOW),
        migrations.RunSQL(triggers.CREATE_BATCH, triggers.DROP_BATCH),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("last_ok_at", models.DateTimeField(verbose_name="last good run")),
                ("runs", models.BigIntegerField(default=0, verbose_name="runs")),
                ("last_batch", models.IntegerField(default=0, verbose_name="rows in the last run")),
                (
                    "version",
                    models.CharField(blank=True, max_length=40, verbose_name="code version"),
                ),
            ],
            options={
                "verbose_name": "heartbeat",
                "verbose_name_plural": "heartbeats",
            },
        ),
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="series")),
                ("last", models.PositiveIntegerField(default=0, verbose_name="last number")),
            ],
            options={
                "verbose_name": "number series",
                "verbose_name_plural": "number series",
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "no",
                    models.BigIntegerField(primary_key=True, serialize=False, verbose_name="No."),
                ),
                ("from_at", models.DateTimeField(verbose_name="from")),
                ("until_at", models.DateTimeField(verbose_name="until")),
                ("until_batch", models.BigIntegerField()),
                ("rows", models.BigIntegerField(verbose_name="rows")),
                ("digest", models.CharField(max_length=64, verbose_name="hash")),
                ("sealed_at", models.DateTimeField(verbose_name="sealed at")),
                ("closed_batch", models.BigIntegerField()),
                ("horizon", models.BigIntegerField()),
                ("server", models.DateTimeField()),
            ],
            options={
                "verbose_name": "seal",
                "verbose_name_plural": "seals",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="f24b77843cd114313373064d7860b4c1128193f0",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_e986a",
                            table="core_seal",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("application/pdf", "PDF"),
                            ("image/jpeg", "JPEG"),
                            ("image/png", "PNG"),
                            (
                                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                                "DOCX",
                            ),
                            (
                                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                                "XLSX",
                            ),
                        ],
                        max_length=80,
                        verbose_name="type",
                    ),
                ),
                ("size", models.BigIntegerField(help_text="in bytes", verbose_name="size")),
                ("sha256", models.CharField(max_length=64)),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
            ],
            options={
                "verbose_name": "file",
                "verbose_name_plural": "files",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="3b1f941101ef649a0de8f2d5c96bf06f78959701",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_315b1",
                            table="core_storedfile",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SystemGap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_at", models.DateTimeField(unique=True, verbose_name="from")),
                ("to_at", models.DateTimeField(null=True, verbose_name="to")),
            ],
            options={
                "verbose_name": "gap in the watch",
                "verbose_name_plural": "gaps in the watch",
                "ordering": ["-from_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_at", None), ("to_at__gt", models.F("from_at")), _connector="OR"
                        ),
                        name="gap_ends_after_it_begins",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("agency", "agency"),
                            ("district", "district"),
                            ("station", "station"),
                            ("outlet", "rights-protection outlet"),
                            ("odr_enterprise", "ODR enterprise"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "org_profile",
                    models.CharField(
                        choices=[("amr", "market regulator"), ("council", "consumer council")],
                        default="amr",
                        max_length=10,
                        verbose_name="profile",
                    ),
                ),
                (
                    "areas",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        help_text="Districts and streets that lie in it, as addresses name them; with commas between.",
                        size=None,
                        verbose_name="areas",
                    ),
                ),
                ("path", models.CharField(editable=False, max_length=400, unique=True)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="core.unit",
                        verbose_name="parent unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "unit",
                "verbose_name_plural": "units",
                "ordering": ["path"],
                "indexes": [
                    models.Index(
                        fields=["path"], name="unit_path_prefix", opclasses=["varchar_pattern_ops"]
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("parent__isnull", False), ("kind", "agency"), _connector="OR"
                        ),
                        name="unit_root_is_the_agency",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("parent__isnull", True)),
                        fields=("kind",),
                        name="unit_root_is_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkDay",
            fields=[
                ("date", models.DateField(primary_key=True, serialize=False, verbose_name="date")),
                ("is_workday", models.BooleanField(verbose_name="working day")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("holiday_off", "public holiday"),
                            ("makeup_work", "make-up working day"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("source_url", models.URLField(blank=True, verbose_name="source")),
            ],
            options={
                "verbose_name": "calendar day",
                "verbose_name_plural": "calendar days",
                "ordering": ["date"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_workday", True), ("kind", "makeup_work")),
                            models.Q(("is_workday", False), ("kind", "holiday_off")),
                            _connector="OR",
                        ),
                        name="workday_is_worked_if_made_up",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DeadlineRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60, verbose_name="code")),
                ("name_zh", models.CharField(max_length=60, verbose_name="Chinese name")),
                ("name_en", models.CharField(max_length=100, verbose_name="English name")),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None, verbose_name="kinds"
                    ),
                ),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        help_text="Empty: every channel.",
                        size=None,
                        verbose_name="channels",
                    ),
                ),
                (
                    "requires_contact",
                    models.BooleanField(
                        default=False, verbose_name="only where the citizen can be contacted"
                    ),
                ),
                (
                    "profile",
                    models.CharField(
                        blank=True,
                        choices=[("amr", "market regulator"), ("council", "consumer council")],
                        max_length=10,
                        verbose_name="only for units of this profile",
                    ),
                ),
                (
                    "topics",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        help_text="Empty: whatever it is about.",
                        size=None,
                        verbose_name="topics",
                    ),
                ),
                ("starts_on", models.CharField(max_length=40, verbose_name="starts on")),
                ("met_by", models.CharField(max_length=40, verbose_name="met by")),
                ("amount", models.PositiveIntegerField(verbose_name="amount")),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("second", "seconds"),
                            ("minute", "minutes"),
                            ("hour", "hours"),
                            ("day", "days"),
                            ("workday", "working days"),
                        ],
                        max_length=10,
                        verbose_name="unit",
                    ),
                ),
                (
                    "extension",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="In the same unit; counted from the start.",
                        verbose_name="may be extended by",
                    ),
                ),
                (
                    "pauses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="is paused by",
                    ),
                ),
                (
                    "roll",
                    models.CharField(
                        choices=[
                            ("off_day", "any day off"),
                            ("holiday_only", "public holidays only"),
                            ("none", "never"),
                        ],
                        default="off_day",
                        max_length=12,
                        verbose_name="last day off",
                    ),
                ),
                (
                    "window_from",
                    models.TimeField(blank=True, null=True, verbose_name="counts from"),
                ),
                ("window_to", models.TimeField(blank=True, null=True, verbose_name="counts to")),
                (
                    "warn_percents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="warning points (%)",
                    ),
                ),
                (
                    "ladder_targets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("handler", "handler"),
                                ("chief", "section chief"),
                                ("leader", "leader"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="ladder",
                    ),
                ),
                (
                    "ladder_after",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DurationField(),
                        blank=True,
                        default=list,
                        help_text="After the breach was noticed, one for each rung.",
                        size=None,
                        verbose_name="ladder delays",
                    ),
                ),
                (
                    "repeat_after",
                    models.DurationField(
                        blank=True, null=True, verbose_name="repeat the last rung every"
                    ),
                ),
                ("basis", models.CharField(max_length=200, verbose_name="legal basis")),
                ("in_force_from", models.DateField(verbose_name="in force from")),
                (
                    "in_force_to",
                    models.DateField(
                        blank=True,
                        help_text="Once a clock was opened under it, what a rule binds and how it counts stays. To change that, give the rule its last day here, and add a new one from the next.",
                        null=True,
                        verbose_name="in force to",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                (
                    "changed_at",
                    models.DateTimeField(db_default=agency.core.clock.AgencyNow(), editable=False),
                ),
            ],
            options={
                "verbose_name": "deadline rule",
                "verbose_name_plural": "deadline rules",
                "ordering": ["code", "in_force_from"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code", "in_force_from"), name="rule_once_per_code_and_start"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (models.F("code"), "="),
                            (
                                models.Func(
                                    models.F("in_force_from"),
                                    models.F("in_force_to"),
                                    models.Value("[]"),
                                    function="daterange",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="rule_one_in_force_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="rule_amount_is_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("in_force_to", None),
                            ("in_force_to__gte", models.F("in_force_from")),
                            _connector="OR",
                        ),
                        name="rule_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ladder_targets__len", models.F("ladder_after__len")),
                            models.Q(("ladder_after", []), ("ladder_targets", [])),
                            _connector="OR",
                        ),
                        name="rule_ladder_has_a_delay_for_each_rung",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "warn_percents__contained_by",
                                [
                                    1,
                                    2,
                                    3,
                                    4,
                                    5,
                                    6,
                                    7,
                                    8,
                                    9,
                                    10,
                                    11,
                                    12,
                                    13,
                                    14,
                                    15,
                                    16,
                                    17,
                                    18,
                                    19,
                                    20,
                                    21,
                                    22,
                                    23,
                                    24,
                                    25,
                                    26,
                                    27,
                                    28,
                                    29,
                                    30,
                                    31,
                                    32,
                                    33,
                                    34,
                                    35,
                                    36,
                                    37,
                                    38,
                                    39,
                                    40,
                                    41,
                                    42,
                                    43,
                                    44,
                                    45,
                                    46,
                                    47,
                                    48,
                                    49,
                                    50,
                                    51,
                                    52,
                                    53,
                                    54,
                                    55,
                                    56,
                                    57,
                                    58,
                                    59,
                                    60,
                                    61,
                                    62,
                                    63,
                                    64,
                                    65,
                                    66,
                                    67,
                                    68,
                                    69,
                                    70,
                                    71,
                                    72,
                                    73,
                                    74,
                                    75,
                                    76,
                                    77,
                                    78,
                                    79,
                                    80,
                                    81,
                                    82,
                                    83,
                                    84,
                                    85,
                                    86,
                                    87,
                                    88,
                                    89,
                                    90,
                                    91,
                                    92,
                                    93,
                                    94,
                                    95,
                                    96,
                                    97,
                                    98,
                                    99,
                                ],
                            )
                        ),
                        name="rule_warns_between_start_and_due",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("ladder_after"),
                            output_field=models.BooleanField(),
                            template="interval '0' <= ALL(%(expressions)s)",
                        ),
                        name="rule_ladder_climbs_after_the_breach",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("repeat_after", None),
                            ("repeat_after__gt", datetime.timedelta(0)),
                            _connector="OR",
                        ),
                        name="rule_repeats_after_a_while",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("window_from", None), ("window_to", None)),
                            models.Q(
                                ("window_from__isnull", False),
                                ("window_from__lt", models.F("window_to")),
                                ("window_to__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="rule_window_opens_before_it_closes",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="pinned_by_its_clocks",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."channels" IS DISTINCT FROM (NEW."channels") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."extension" IS DISTINCT FROM (NEW."extension") OR OLD."in_force_from" IS DISTINCT FROM (NEW."in_force_from") OR OLD."kinds" IS DISTINCT FROM (NEW."kinds") OR OLD."met_by" IS DISTINCT FROM (NEW."met_by") OR OLD."pauses" IS DISTINCT FROM (NEW."pauses") OR OLD."profile" IS DISTINCT FROM (NEW."profile") OR OLD."requires_contact" IS DISTINCT FROM (NEW."requires_contact") OR OLD."roll" IS DISTINCT FROM (NEW."roll") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."topics" IS DISTINCT FROM (NEW."topics") OR OLD."unit" IS DISTINCT FROM (NEW."unit") OR OLD."window_from" IS DISTINCT FROM (NEW."window_from") OR OLD."window_to" IS DISTINCT FROM (NEW."window_to"))',
                            declare="DECLARE clocks regclass; is_applied boolean;",
                            func="\n    FOR clocks IN SELECT conrelid::regclass FROM pg_constraint\n        WHERE confrelid = TG_RELID AND contype = 'f'\n    LOOP\n        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE rule_id = $1)', clocks)\n            INTO is_applied USING OLD.id;\n        IF is_applied THEN\n            RAISE EXCEPTION 'rule % is pinned by its clocks in %', OLD.id, clocks\n                USING ERRCODE = 'check_violation';\n        END IF;\n    END LOOP;\n    NEW.changed_at = agency_now();\n    RETURN NEW;\n",
                            hash="ee5dcbaa16022223c21a4d7c2aa472395809636f",
                            operation="UPDATE",
                            pgid="pgtrigger_pinned_by_its_clocks_ba360",
                            table="core_deadlinerule",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="in_force_again",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."in_force_to" IS DISTINCT FROM (NEW."in_force_to"))',
                            func="\n                    IF OLD.in_force_to < (agency_now() AT TIME ZONE 'Asia/Shanghai')::date THEN\n                        NEW.changed_at = agency_now();\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="47cdecff22c3d110caa1507745ce1d54371128e0",
                            operation="UPDATE",
                            pgid="pgtrigger_in_force_again_196b4",
                            table="core_deadlinerule",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="email address"),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("registrar", "registrar"),
                            ("dispatcher", "dispatcher"),
                            ("mediator", "mediator"),
                            ("chief", "section chief"),
                            ("enforcer", "enforcement officer"),
                            ("callback", "call-back officer"),
                            ("petition_officer", "petition officer"),
                            ("leader", "leader"),
                            ("supervisor", "supervisor"),
                            ("custodian", "reporter custodian"),
                            ("expert", "expert"),
                            ("auditor", "auditor"),
                            ("analyst", "analyst"),
                            ("admin", "administrator"),
                            ("outlet_liaison", "outlet liaison"),
                            ("odr_contact", "ODR contact"),
                            ("channel", "channel client"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                (
                    "last_seen_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="last seen"),
                ),
                (
                    "password_since",
                    models.DateTimeField(db_default=agency.core.clock.AgencyNow(), editable=False),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(),
                        editable=False,
                        verbose_name="created at",
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="users",
                        to="core.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "indexes": [models.Index(fields=["unit", "role"], name="user_of_unit_and_role")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("is_superuser", False)), name="user_is_no_superuser"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Factor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("secret", agency.core.sealing.SecretField(blank=True, default=b"")),
                ("created_at", models.DateTimeField(db_default=agency.core.clock.AgencyNow())),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="since")),
                ("last_step", models.BigIntegerField(default=-1)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="factor",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "second factor",
                "verbose_name_plural": "second factors",
            },
        ),
        migrations.CreateModel(
            name="LoginTry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("rests_until", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["digest", "at"], name="login_try_of_name"),
                    models.Index(fields=["at"], name="login_try_by_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("dedup_key", models.CharField(max_length=100, unique=True)),
                ("topic", models.CharField(max_length=40, verbose_name="topic")),
                ("target", models.CharField(max_length=20, verbose_name="whom")),
                (
                    "subject",
                    models.CharField(help_text="app_label.model of subject_id", max_length=40),
                ),
                ("subject_id", models.BigIntegerField()),
                ("step", models.IntegerField(default=0)),
                ("created_at", models.DateTimeField(db_default=agency.core.clock.AgencyNow())),
                ("addressed_at", models.DateTimeField(null=True)),
                ("postponed_until", models.DateTimeField(null=True)),
                (
                    "handler",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "notification",
                "verbose_name_plural": "notifications",
                "indexes": [
                    models.Index(
                        condition=models.Q(("addressed_at", None)),
                        fields=["created_at"],
                        name="notification_unaddressed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                (
                    "started_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="since"
                    ),
                ),
                (
                    "seen_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="last seen"
                    ),
                ),
                ("hangs_on_wall", models.BooleanField(default=False)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Access",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "batch",
                    models.BigIntegerField(
                        db_default=agency.core.models.trail.TrailBatch(), editable=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("revealed", "revealed"),
                            ("looked_up", "looked up"),
                            ("exported", "exported"),
                            ("bundled", "bundled"),
                            ("opened", "file opened"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=60)),
                ("subject_id", models.BigIntegerField(null=True)),
                ("what", models.CharField(max_length=60, verbose_name="what")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("found", models.PositiveIntegerField(null=True, verbose_name="how many")),
                (
                    "which",
                    models.CharField(max_length=500, null=True, verbose_name="which of them"),
                ),
                ("sha256", models.CharField(max_length=64, null=True, verbose_name="hash")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "access",
                "verbose_name_plural": "accesses",
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True,
                        fields=["batch"],
                        name="access_batch",
                        pages_per_range=32,
                    ),
                    models.Index(fields=["by", "kind", "at"], name="access_by"),
                    models.Index(fields=["subject", "subject_id"], name="access_subject"),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="63326e26d205207a63b637b310f75dc5dba850ce",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_354a1",
                            table="core_access",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(db_default=agency.core.clock.AgencyNow())),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "token",
                "verbose_name_plural": "tokens",
            },
        ),
        migrations.CreateModel(
            name="Audit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "batch",
                    models.BigIntegerField(
                        db_default=agency.core.models.trail.TrailBatch(), editable=False
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                ("table_name", models.CharField(max_length=63, verbose_name="table")),
                ("row_id", models.CharField(max_length=40, verbose_name="row")),
                (
                    "operation",
                    models.CharField(
                        choices=[("I", "added"), ("U", "changed"), ("D", "deleted")],
                        max_length=1,
                        verbose_name="what",
                    ),
                ),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=63),
                        null=True,
                        size=None,
                        verbose_name="columns",
                    ),
                ),
                ("process", models.CharField(max_length=80, verbose_name="program")),
                ("act", models.CharField(max_length=120, verbose_name="by")),
                ("transaction", models.BigIntegerField(verbose_name="transaction")),
                ("database_role", models.CharField(max_length=63, verbose_name="database role")),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["batch"], name="audit_batch", pages_per_range=32
                    ),
                    models.Index(fields=["row_id", "table_name"], name="audit_of_row"),
                    models.Index(fields=["actor", "id"], name="audit_of_actor"),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["at"], name="audit_at", pages_per_range=32
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="55e6dc6455d06d23da7a10dfb23e86c9a294458b",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_63039",
                            table="core_audit",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("in_app", "in-app"), ("email", "e-mail")],
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("claimed_until", models.DateTimeField(null=True)),
                ("next_try_at", models.DateTimeField(db_default=agency.core.clock.AgencyNow())),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent at")),
                ("dead_at", models.DateTimeField(null=True, verbose_name="given up at")),
                ("read_at", models.DateTimeField(null=True, verbose_name="read at")),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "notification",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="core.notification",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("dead_at", None), ("sent_at", None)),
                        fields=["next_try_at"],
                        name="delivery_pending",
                    ),
                    models.Index(
                        condition=models.Q(("channel", "in_app"), ("read_at", None)),
                        fields=["recipient", "-id"],
                        name="delivery_unread",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("notification", "recipient", "channel"),
                        name="delivery_once_per_receiver_and_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sent_at", None), ("dead_at", None), _connector="OR"),
                        name="delivery_is_sent_or_dead",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "factor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to="core.factor",
                    ),
                ),
            ],
            options={
                "verbose_name": "recovery code",
                "verbose_name_plural": "recovery codes",
                "constraints": [
                    models.UniqueConstraint(fields=("factor", "digest"), name="recovery_code_once")
                ],
            },
        ),
    )
