"""The tables of the cases as of the first 56 migrations, which this one stands for."""

import datetime
import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import agency.core.clock
import agency.core.models.trail
import agency.core.sealing
from agency.core.migrating import at_once

BIGRAMS = """
CREATE FUNCTION bigrams(words text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $$
DECLARE
    signs text[] := string_to_array(words, NULL);
    pairs text[] := '{}';
BEGIN
    FOR n IN 1 .. cardinality(signs) - 1 LOOP
        pairs := pairs || (signs[n] || signs[n + 1]);
    END LOOP;
    RETURN pairs;
END $$
"""
"""Every two neighbouring characters. In PL/pgSQL: as a query it took five times as long."""


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0001_initial"),
        ("cases", "0002_initial"),
        ("cases", "0003_open_cases_of_a_unit"),
        ("cases", "0004_assignment_returned_by"),
        ("cases", "0005_category_schemes_have_names"),
        ("cases", "0006_whole_life"),
        ("cases", "0007_duty"),
        ("cases", "0007_supervision"),
        ("cases", "0008_papers"),
        ("cases", "0009_topics_come_first"),
        ("cases", "0010_handed_over"),
        ("cases", "0011_departures"),
        ("cases", "0012_experts"),
        ("cases", "0013_documents"),
        ("cases", "0014_agreed_answer"),
        ("cases", "0015_callbacks_and_commendations"),
        ("cases", "0016_proposals_beside"),
        ("cases", "0017_what_parties_are_told"),
        ("cases", "0018_soonest_first"),
        ("cases", "0019_why_a_review_is_asked_for"),
        ("cases", "0020_steps_without_end"),
        ("cases", "0021_what_a_round_says"),
        ("cases", "0022_what_was_said_of_the_merchant"),
        ("cases", "0023_who_calls_back"),
        ("cases", "0024_people_sealed"),
        ("cases", "0025_topics_in_one_language"),
        ("cases", "0026_what_was_arranged"),
        ("cases", "0027_petitions_are_answered"),
        ("cases", "0028_whom_of_several_was_told"),
        ("cases", "0029_tickets_go_back_to_their_platform"),
        ("cases", "0030_whose_figure_it_is"),
        ("cases", "0031_what_nobody_has"),
        ("cases", "0032_what_kinds_are_registered_with"),
        ("cases", "0033_appraisals"),
        ("cases", "0034_search"),
        ("cases", "0035_own_words"),
        ("cases", "0036_trails"),
        ("cases", "0037_what_stood_then"),
        ("cases", "0038_names_sealed"),
        ("cases", "0039_trails_summarized"),
        ("cases", "0040_supplements"),
        ("cases", "0041_what_is_entrusted"),
        ("cases", "0042_rewards"),
        ("cases", "0043_categories_by_sound"),
        ("cases", "0044_phrases"),
        ("cases", "0045_merchants_as_one"),
        ("cases", "0046_no_digest_to_try"),
        ("cases", "0047_suggestions"),
        ("cases", "0048_notes_and_followers"),
        ("cases", "0049_saved_filters"),
        ("cases", "0050_what_is_out"),
        ("cases", "0051_copies_of_one_decision"),
        ("cases", "0052_ruling"),
        ("cases", "0053_a_supplement_names_longer_fields"),
        ("cases", "0054_letters_received"),
        ("cases", "0055_follow_named"),
    ]

    initial = True

    dependencies = [
        ("core", "0001_squashed_0026_session_keys_digested"),
    ]

    operations = at_once(
        # Case and ticket numbers: unique, in order, with gaps (gap-free is for issued documents).
        migrations.RunSQL("CREATE SEQUENCE cases_number", "DROP SEQUENCE cases_number"),
        migrations.RunSQL(BIGRAMS, "DROP FUNCTION bigrams(text)"),
        migrations.CreateModel(
            name="Departure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "switch_off",
                    models.BooleanField(
                        default=False, verbose_name="switch the account off afterwards"
                    ),
                ),
                (
                    "begun_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="begun at"
                    ),
                ),
                ("done_at", models.DateTimeField(null=True, verbose_name="done at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departures",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "hand-over",
                "verbose_name_plural": "hand-overs",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_at", None)),
                        fields=("person",),
                        name="departure_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done_at", None),
                            ("done_at__gte", models.F("begun_at")),
                            _connector="OR",
                        ),
                        name="departure_done_after_it_began",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Merchant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "uscc",
                    models.CharField(
                        blank=True, max_length=18, verbose_name="unified social credit code"
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="address")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                (
                    "head",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="cases.merchant",
                        verbose_name="counted with",
                    ),
                ),
            ],
            options={
                "verbose_name": "merchant",
                "verbose_name_plural": "merchants",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("uscc", ""), _negated=True),
                        fields=("uscc",),
                        name="merchant_once_per_credit_code",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("uscc", "")),
                        fields=("name",),
                        name="merchant_once_per_name_without_code",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("head", None),
                            models.Q(("head", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="merchant_is_not_its_own_head",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="to_be_indexed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="INSERT INTO cases_merchantsearch (merchant_id, is_stale) SELECT id, true FROM fresh; RETURN NULL;",
                            hash="b8ff753d72d83f31bb18c71ea7335baca2b6200e",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_to_be_indexed_cd2a6",
                            referencing="REFERENCING NEW TABLE AS fresh ",
                            table="cases_merchant",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="to_be_indexed_anew",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."name" IS DISTINCT FROM (NEW."name"))',
                            func="\n            UPDATE cases_merchantsearch SET is_stale = true WHERE merchant_id = NEW.id;\n            UPDATE cases_casesearch SET is_stale = true WHERE NOT is_stale AND case_id IN (SELECT id FROM cases_case WHERE merchant_id = NEW.id); RETURN NULL;",
                            hash="5b0cc759e97c21861762f498870b29dcd5c0a22d",
                            operation='UPDATE OF "name"',
                            pgid="pgtrigger_to_be_indexed_anew_4cda5",
                            table="cases_merchant",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Phrase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        help_text="Letters, digits or Chinese characters.",
                        max_length=12,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^\\w+\\Z", "Only letters, digits and Chinese characters."
                            )
                        ],
                        verbose_name="short code",
                    ),
                ),
                ("text", models.TextField(max_length=2000, verbose_name="text")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "owner",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="phrases",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="phrases",
                        to="core.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "phrase",
                "verbose_name_plural": "phrases",
                "ordering": ["code", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("owner", None), ("unit__isnull", False)),
                            models.Q(("owner__isnull", False), ("unit", None)),
                            _connector="OR",
                        ),
                        name="phrase_is_somebody_s_or_a_unit_s",
                    ),
                    models.UniqueConstraint(
                        fields=("owner", "code"), name="phrase_code_once_for_a_person"
                    ),
                    models.UniqueConstraint(
                        fields=("unit", "code"), name="phrase_code_once_for_a_unit"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reporter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    agency.core.sealing.SecretField(blank=True, default=b"", verbose_name="name"),
                ),
                (
                    "phone",
                    agency.core.sealing.SecretField(blank=True, default=b"", verbose_name="phone"),
                ),
                (
                    "id_number",
                    agency.core.sealing.SecretField(
                        blank=True, default=b"", verbose_name="identity number"
                    ),
                ),
                (
                    "address",
                    agency.core.sealing.SecretField(
                        blank=True, default=b"", verbose_name="address"
                    ),
                ),
                (
                    "told",
                    agency.core.sealing.SecretField(
                        blank=True, default=b"", verbose_name="own words"
                    ),
                ),
            ],
            options={
                "verbose_name": "reporter",
                "verbose_name_plural": "reporters",
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=20, verbose_name="name")),
                ("query", models.CharField(max_length=300)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="saved_filters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "name"), name="savedfilter_name_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "post",
                    models.CharField(
                        choices=[
                            ("dispatcher", "dispatcher"),
                            ("contact", "contact officer"),
                            ("follow_up", "follow-up officer"),
                            ("handler", "handler"),
                        ],
                        max_length=10,
                        verbose_name="post",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="to")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shifts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "shift",
                "verbose_name_plural": "duty roster",
                "ordering": ["starts_at", "pk"],
                "indexes": [
                    models.Index(fields=["unit", "post", "ends_at"], name="shift_of_unit_and_post")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="shift_ends_after_it_begins",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (models.F("person"), "="),
                            (models.F("post"), "="),
                            (
                                models.Func(
                                    models.F("starts_at"),
                                    models.F("ends_at"),
                                    function="tstzrange",
                                    output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="shift_of_a_person_and_post_once_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Substitute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="substitute",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "stand_in",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stands_in_for",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="substitute",
                    ),
                ),
            ],
            options={
                "verbose_name": "substitute",
                "verbose_name_plural": "substitutes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("person", models.F("stand_in")), _negated=True),
                        name="substitute_is_another",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="code")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("priority", "priority topic"),
                            ("campaign", "campaign"),
                            ("emergency", "emergency"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("name_zh", models.CharField(max_length=60, verbose_name="Chinese name")),
                (
                    "name_en",
                    models.CharField(blank=True, max_length=100, verbose_name="English name"),
                ),
                ("from_on", models.DateField(blank=True, null=True, verbose_name="from")),
                ("to_on", models.DateField(blank=True, null=True, verbose_name="to")),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        help_text="Codes with commas; what lies below them is meant too.",
                        size=None,
                        verbose_name="categories",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "topic",
                "verbose_name_plural": "topics",
                "ordering": ["kind", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("from_on", None),
                            ("to_on", None),
                            ("to_on__gte", models.F("from_on")),
                            _connector="OR",
                        ),
                        name="topic_ends_after_it_begins",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="code")),
                (
                    "scheme",
                    models.CharField(
                        choices=[
                            ("goods", "goods"),
                            ("service", "services"),
                            ("complaint_problem", "problems of complaints"),
                            ("report_violation", "violations reported"),
                            ("cca_major_class", "consumer association: classes"),
                            ("cca_nature", "consumer association: natures"),
                        ],
                        max_length=20,
                        verbose_name="scheme",
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(verbose_name="level")),
                ("name_zh", models.CharField(max_length=60, verbose_name="Chinese name")),
                ("name_en", models.CharField(max_length=100, verbose_name="English name")),
                ("sound", models.CharField(blank=True, editable=False, max_length=400)),
                ("source", models.CharField(blank=True, max_length=100, verbose_name="source")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="cases.category",
                        verbose_name="parent category",
                    ),
                ),
            ],
            options={
                "verbose_name": "category",
                "verbose_name_plural": "categories",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="code")),
                ("name_zh", models.CharField(max_length=40, verbose_name="Chinese name")),
                ("name_en", models.CharField(max_length=60, verbose_name="English name")),
                (
                    "is_trusted",
                    models.BooleanField(
                        default=False,
                        help_text="Its arrived_at counts; of other channels the database's clock does.",
                        verbose_name="states the moment of arrival",
                    ),
                ),
                (
                    "is_on_the_spot",
                    models.BooleanField(
                        default=False,
                        help_text="Response and contact are met at registration.",
                        verbose_name="the citizen stands there",
                    ),
                ),
                (
                    "has_line",
                    models.BooleanField(default=False, verbose_name="names the hotline dialled"),
                ),
                (
                    "reply_limit",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Characters the platform takes; empty: any number.",
                        null=True,
                        verbose_name="longest reply",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="channel",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="client account",
                    ),
                ),
            ],
            options={
                "verbose_name": "channel",
                "verbose_name_plural": "channels",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Consumer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    agency.core.sealing.SecretField(blank=True, default=b"", verbose_name="name"),
                ),
                (
                    "phone",
                    agency.core.sealing.SecretField(blank=True, default=b"", verbose_name="phone"),
                ),
                (
                    "id_number",
                    agency.core.sealing.SecretField(
                        blank=True, default=b"", verbose_name="identity number"
                    ),
                ),
                (
                    "address",
                    agency.core.sealing.SecretField(
                        blank=True, default=b"", verbose_name="address"
                    ),
                ),
                (
                    "told",
                    agency.core.sealing.SecretField(
                        blank=True, default=b"", verbose_name="own words"
                    ),
                ),
                (
                    "phone_index",
                    agency.core.sealing.BlindIndex(blank=True, default=b"", of="phone"),
                ),
                (
                    "id_number_index",
                    agency.core.sealing.BlindIndex(blank=True, default=b"", of="id_number"),
                ),
            ],
            options={
                "verbose_name": "consumer",
                "verbose_name_plural": "consumers",
                "indexes": [
                    models.Index(
                        condition=models.Q(("phone_index", b""), _negated=True),
                        fields=["phone_index"],
                        name="consumer_phone",
                    ),
                    models.Index(
                        condition=models.Q(("id_number_index", b""), _negated=True),
                        fields=["id_number_index"],
                        name="consumer_id",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="to_be_indexed_anew",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.name IS DISTINCT FROM NEW.name)",
                            func="UPDATE cases_casesearch SET is_stale = true WHERE NOT is_stale AND case_id IN (SELECT id FROM cases_case WHERE consumer_id = NEW.id); RETURN NULL;",
                            hash="60d3b6680fd004ded3c8c23757cc5daa986f46d7",
                            operation='UPDATE OF "name"',
                            pgid="pgtrigger_to_be_indexed_anew_e0bb8",
                            table="cases_consumer",
                            when="AFTER",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Heir",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("complaint", "complaint"),
                            ("report", "report"),
                            ("consultation", "consultation"),
                            ("petition", "petition"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "departure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="heirs",
                        to="cases.departure",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who takes over",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "who takes over",
                "verbose_name_plural": "who take over",
            },
        ),
        migrations.CreateModel(
            name="MerchantMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "relation",
                    models.CharField(
                        choices=[("same", "the same business"), ("branch", "a branch of it")],
                        max_length=10,
                        verbose_name="relation",
                    ),
                ),
                (
                    "moved",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "into",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.merchant",
                    ),
                ),
                (
                    "merged",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="cases.merchant",
                    ),
                ),
            ],
            options={
                "verbose_name": "merging of merchants",
                "verbose_name_plural": "mergings of merchants",
                "indexes": [models.Index(fields=["into"], name="merge_into")],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="96263ab5f415bf2224b72fdb8b6dbff461be6982",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_a4668",
                            table="cases_merchantmerge",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "fields",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="cases.category", verbose_name="fields"
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="profile",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "profile",
                "verbose_name_plural": "mediators and experts",
            },
        ),
        migrations.CreateModel(
            name="MerchantSearch",
            fields=[
                ("is_stale", models.BooleanField(default=True)),
                (
                    "merchant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="cases.merchant",
                    ),
                ),
                ("syllables", models.TextField(db_collation="C", db_default="", default="")),
                ("initials", models.TextField(db_collation="C", db_default="", default="")),
                ("core", models.TextField(db_collation="C", db_default="", default="")),
                ("branch", models.TextField(db_collation="C", db_default="", default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("core", ""), _negated=True),
                        fields=["core"],
                        name="merchant_search_core",
                    ),
                    models.Index(
                        condition=models.Q(("is_stale", True)),
                        fields=["merchant"],
                        name="merchant_search_stale",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func(
                            models.F("initials"),
                            function="bigrams",
                            output_field=django.contrib.postgres.fields.ArrayField(
                                base_field=models.TextField(), size=None
                            ),
                        ),
                        condition=models.Q(("is_stale", False)),
                        fastupdate=False,
                        name="merchant_search_initials",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MerchantParting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "merge",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parting",
                        to="cases.merchantmerge",
                    ),
                ),
            ],
            options={
                "verbose_name": "parting of merchants",
                "verbose_name_plural": "partings of merchants",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="bb4a800a9f62c32a569e0c5a1cefc0939f1e6aa6",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_ca8ed",
                            table="cases_merchantparting",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Recusal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.merchant",
                        verbose_name="merchant",
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recusals",
                        to="cases.profile",
                    ),
                ),
            ],
            options={
                "verbose_name": "recusal",
                "verbose_name_plural": "recusals",
                "constraints": [
                    models.UniqueConstraint(fields=("profile", "merchant"), name="recusal_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Training",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("held_on", models.DateField(verbose_name="held on")),
                (
                    "hours",
                    models.DecimalField(decimal_places=1, max_digits=5, verbose_name="hours"),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="subject")),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trainings",
                        to="cases.profile",
                    ),
                ),
            ],
            options={
                "verbose_name": "law training",
                "verbose_name_plural": "law trainings",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("hours__gt", 0)), name="training_takes_time"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "no",
                    models.CharField(
                        db_collation="C", max_length=20, unique=True, verbose_name="case number"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("complaint", "complaint"),
                            ("report", "report"),
                            ("consultation", "consultation"),
                            ("petition", "petition"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("registered", "registered"),
                            ("dispatched", "dispatched"),
                            ("returned", "returned"),
                            ("reopened", "reopened"),
                            ("merged", "merged"),
                            ("closed", "closed"),
                            ("archived", "archived"),
                            ("reviewing", "under review for acceptance"),
                            ("awaiting_identity", "identity asked for"),
                            ("accepted", "accepted"),
                            ("rejected", "not accepted"),
                            ("odr_negotiating", "prior settlement"),
                            ("settled", "settled beforehand"),
                            ("mediating", "in mediation"),
                            ("entrusted", "entrusted mediation"),
                            ("suspended_recusal", "suspended for recusal"),
                            ("appraising", "in appraisal"),
                            ("agreed", "agreed"),
                            ("performed", "performed"),
                            ("breached", "not performed"),
                            ("terminated", "mediation terminated"),
                            ("consultation_closed", "closed as a consultation"),
                            ("duplicate", "duplicate"),
                            ("no_jurisdiction", "no jurisdiction"),
                            ("verifying", "in verification"),
                            ("extended", "extended"),
                            ("testing", "in testing"),
                            ("filed", "filed"),
                            ("not_filed", "not filed"),
                            ("transferred", "transferred"),
                            ("decided", "decided"),
                            ("answered", "answered"),
                            ("forwarded", "forwarded"),
                            ("converted", "converted"),
                            ("objected", "objected to"),
                            ("routed", "routed to its legal way"),
                            ("not_accepted", "petition not accepted"),
                            ("handling", "in hand"),
                            ("hearing", "hearing"),
                            ("mediated", "reconciled"),
                            ("replied", "petition answered"),
                            ("evaluated", "rated"),
                            ("final_reviewing", "in final review"),
                        ],
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("narrative", models.TextField(blank=True, verbose_name="narrative")),
                ("demand", models.TextField(blank=True, verbose_name="demand")),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        verbose_name="disputed amount",
                    ),
                ),
                (
                    "occurred_on",
                    models.DateField(blank=True, null=True, verbose_name="occurred on"),
                ),
                ("urgent", models.BooleanField(default=False, verbose_name="urgent")),
                (
                    "consents_to_publish",
                    models.BooleanField(default=False, verbose_name="agrees to publication"),
                ),
                (
                    "consents_to_entrust",
                    models.BooleanField(
                        default=False, verbose_name="agrees to entrusted mediation"
                    ),
                ),
                (
                    "merchant_address",
                    models.CharField(blank=True, max_length=300, verbose_name="merchant's address"),
                ),
                (
                    "merchant_phone",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="merchant's telephone"
                    ),
                ),
                ("is_priority", models.BooleanField(default=False, verbose_name="priority")),
                (
                    "is_first",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Q(("closed_at__isnull", True), ("is_priority", True)),
                        output_field=models.BooleanField(),
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("settled", "settled"),
                            ("performed", "settled and performed"),
                            ("withdrawn", "withdrawn"),
                            ("self_settled", "settled by themselves"),
                            ("failed", "mediation failed"),
                            ("refused", "not accepted"),
                            ("answered", "answered"),
                            ("filed", "filed"),
                            ("not_filed", "not filed"),
                            ("replied", "petition answered"),
                        ],
                        max_length=12,
                        verbose_name="result",
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "recovered_amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        verbose_name="recovered amount",
                    ),
                ),
                ("agreed_answer", models.TextField(blank=True, verbose_name="agreed answer")),
                ("conclusion", models.TextField(blank=True, verbose_name="conclusion")),
                (
                    "principle",
                    models.CharField(blank=True, max_length=12, verbose_name="principle"),
                ),
                ("arrived_at", models.DateTimeField(verbose_name="arrived at")),
                (
                    "registered_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="registered at"
                    ),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                ),
                (
                    "next_due_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next due"),
                ),
                (
                    "handler",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="handler",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="cases.case",
                        verbose_name="merged into",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offspring",
                        to="cases.case",
                        verbose_name="came out of",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="core.unit",
                        verbose_name="unit",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "problem",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.category",
                        verbose_name="problem",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "consumer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="cases.consumer",
                        verbose_name="consumer",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="cases.merchant",
                        verbose_name="merchant",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="cases.reporter",
                    ),
                ),
                (
                    "topics",
                    models.ManyToManyField(
                        related_name="cases",
                        through="cases.CaseTopic",
                        to="cases.topic",
                        verbose_name="topics",
                    ),
                ),
            ],
            options={
                "verbose_name": "case",
                "verbose_name_plural": "cases",
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at", None)),
                        fields=["unit", "state"],
                        name="case_open_of_unit",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("closed_at", None), ("handler", None), ("next_due_at", None)
                        ),
                        fields=["unit"],
                        name="case_unheld",
                    ),
                    models.Index(fields=["unit", "-arrived_at"], name="case_of_unit_newest"),
                    models.Index(fields=["-arrived_at", "-id"], name="case_newest"),
                    models.Index(
                        condition=models.Q(("next_due_at", None), _negated=True),
                        fields=["next_due_at"],
                        name="case_next_due",
                    ),
                    models.Index(
                        django.db.models.functions.comparison.Coalesce(
                            "next_due_at",
                            models.Value(
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                models.DateTimeField(),
                            ),
                        ),
                        models.F("id"),
                        name="case_soonest",
                    ),
                    models.Index(
                        condition=models.Q(("next_due_at", None), ("state", "closed")),
                        fields=["-closed_at"],
                        name="case_to_archive",
                    ),
                    models.Index(
                        fields=["-is_first", "-arrived_at", "-id"], name="case_first_newest"
                    ),
                    models.Index(
                        condition=models.Q(("is_first", True)), fields=["id"], name="case_first"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["complaint", "report", "consultation", "petition"])
                        ),
                        name="case_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "registered",
                                    "dispatched",
                                    "returned",
                                    "reopened",
                                    "merged",
                                    "closed",
                                    "archived",
                                    "reviewing",
                                    "awaiting_identity",
                                    "accepted",
                                    "rejected",
                                    "odr_negotiating",
                                    "settled",
                                    "mediating",
                                    "entrusted",
                                    "suspended_recusal",
                                    "appraising",
                                    "agreed",
                                    "performed",
                                    "breached",
                                    "terminated",
                                    "consultation_closed",
                                    "duplicate",
                                    "no_jurisdiction",
                                    "verifying",
                                    "extended",
                                    "testing",
                                    "filed",
                                    "not_filed",
                                    "transferred",
                                    "decided",
                                    "answered",
                                    "forwarded",
                                    "converted",
                                    "objected",
                                    "routed",
                                    "not_accepted",
                                    "handling",
                                    "hearing",
                                    "mediated",
                                    "replied",
                                    "evaluated",
                                    "final_reviewing",
                                ],
                            )
                        ),
                        name="case_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount", None), ("amount__gte", 0), _connector="OR"),
                        name="case_amount_is_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("occurred_on", None),
                            ("occurred_on__gte", "2000-01-01"),
                            _connector="OR",
                        ),
                        name="case_occurred_this_century",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("consumer", None), ("kind", "report")),
                            models.Q(
                                models.Q(("kind", "report"), _negated=True), ("reporter", None)
                            ),
                            _connector="OR",
                        ),
                        name="case_keeps_its_reporter_apart",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                (
                                    "state__in",
                                    [
                                        "archived",
                                        "closed",
                                        "consultation_closed",
                                        "converted",
                                        "duplicate",
                                    ],
                                ),
                            ),
                            models.Q(
                                models.Q(
                                    (
                                        "state__in",
                                        [
                                            "archived",
                                            "closed",
                                            "consultation_closed",
                                            "converted",
                                            "duplicate",
                                        ],
                                    ),
                                    _negated=True,
                                ),
                                ("closed_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="case_closed_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("result", "")),
                            models.Q(
                                models.Q(("result", ""), _negated=True), ("ended_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="case_result_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recovered_amount", None),
                            ("recovered_amount__gte", 0),
                            _connector="OR",
                        ),
                        name="case_recovered_is_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("merged_into__isnull", False), ("state", "merged")),
                            models.Q(
                                models.Q(("state", "merged"), _negated=True), ("merged_into", None)
                            ),
                            _connector="OR",
                        ),
                        name="case_merged_says_into_which",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="to_be_indexed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="INSERT INTO cases_casesearch (case_id, is_stale) SELECT id, true FROM fresh; RETURN NULL;",
                            hash="9824ca6984754b200326f1877698a6e3d199a649",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_to_be_indexed_f847b",
                            referencing="REFERENCING NEW TABLE AS fresh ",
                            table="cases_case",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="to_be_indexed_anew",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."consumer_id" IS DISTINCT FROM (NEW."consumer_id") OR OLD."demand" IS DISTINCT FROM (NEW."demand") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."merchant_id" IS DISTINCT FROM (NEW."merchant_id") OR OLD."narrative" IS DISTINCT FROM (NEW."narrative") OR OLD."reporter_id" IS DISTINCT FROM (NEW."reporter_id") OR OLD."title" IS DISTINCT FROM (NEW."title"))',
                            func="UPDATE cases_casesearch SET is_stale = true WHERE NOT is_stale AND case_id = NEW.id; RETURN NULL;",
                            hash="9737efd47070f10cd2b60fbff2885365872e1353",
                            operation='UPDATE OF "kind", "title", "narrative", "demand", "consumer_id", "reporter_id", "merchant_id"',
                            pgid="pgtrigger_to_be_indexed_anew_2588d",
                            table="cases_case",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("reached", "reached"),
                            ("no_answer", "no answer"),
                            ("refused", "refused to talk"),
                        ],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("appointment_at", models.DateTimeField(null=True, verbose_name="appointment")),
                (
                    "no_meeting_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="why no meeting"),
                ),
                ("note", models.TextField(blank=True, verbose_name="note")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact attempt",
                "verbose_name_plural": "contact attempts",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "reached"), _negated=True),
                            ("appointment_at__isnull", False),
                            models.Q(("no_meeting_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="contact_reached_says_when_or_why_not",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("accepted", "accepted"),
                            ("refused", "not accepted"),
                            ("terminated", "mediation terminated"),
                            ("withdrawn", "withdrawn"),
                            ("not_performed", "not performed"),
                            ("filed", "filed"),
                            ("not_filed", "not filed"),
                            ("no_jurisdiction", "no jurisdiction"),
                            ("transferred", "transferred"),
                            ("duplicate", "duplicate"),
                            ("decided", "case decided"),
                            ("rewarded", "reward granted"),
                            ("answered", "answered"),
                            ("routed", "routed to its legal way"),
                            ("objected", "objected to"),
                            ("replied", "answered"),
                            ("reviewed", "review answered"),
                            ("finally_reviewed", "final review answered"),
                            ("recusal", "recusal decided"),
                            ("clue", "clue verified"),
                            ("publicity", "publicity decided"),
                            ("identity", "identity recorded"),
                            ("dispute", "jurisdiction disputed"),
                            ("extended", "extended"),
                            ("reopened", "reopened"),
                            ("archived", "archived"),
                        ],
                        max_length=16,
                        verbose_name="decision",
                    ),
                ),
                ("ground", models.CharField(blank=True, max_length=20, verbose_name="ground")),
                ("text", models.TextField(blank=True, verbose_name="explanation")),
                (
                    "factors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "reference",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="number or authority"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision",
                "verbose_name_plural": "decisions",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            models.Q(("approved_by", models.F("by")), _negated=True),
                            _connector="OR",
                        ),
                        name="decision_approved_by_another",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="f9ab6d16d8a50c5fadb1d40f9d7898632c7cc630",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_d3c21",
                            table="cases_decision",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("form", models.CharField(max_length=20, verbose_name="form")),
                ("version", models.CharField(max_length=20, verbose_name="version")),
                ("number", models.CharField(max_length=100, verbose_name="number")),
                ("party", models.CharField(blank=True, max_length=12, verbose_name="party")),
                (
                    "issued_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="issued at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="cases.case",
                    ),
                ),
                (
                    "docx",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.storedfile",
                    ),
                ),
                (
                    "pdf",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.storedfile",
                    ),
                ),
            ],
            options={
                "verbose_name": "document",
                "verbose_name_plural": "documents",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("number", "party"),
                        name="document_number_once_a_party",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        expressions=[("number", "="), ("case", "<>")],
                        name="document_number_of_one_case",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="076cc474e74f87325309ca75e5f9d6812ea7a196",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_c29fc",
                            table="cases_document",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Follow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follows",
                        to="cases.case",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follows",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "followed case",
                "verbose_name_plural": "followed cases",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "case"), name="follow_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "satisfaction",
                    models.CharField(
                        choices=[
                            ("very_satisfied", "very satisfied"),
                            ("satisfied", "satisfied"),
                            ("basically_satisfied", "basically satisfied"),
                            ("dissatisfied", "dissatisfied"),
                            ("unreached", "not reached"),
                        ],
                        max_length=20,
                        verbose_name="satisfaction",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="note")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "call back",
                "verbose_name_plural": "call backs",
            },
        ),
        migrations.CreateModel(
            name="Mediation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.CharField(blank=True, max_length=200, verbose_name="entrusted to"),
                ),
                (
                    "scope",
                    models.CharField(blank=True, max_length=200, verbose_name="what is entrusted"),
                ),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                ("consented", models.BooleanField(null=True, verbose_name="both parties agree")),
                (
                    "method",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("on_site", "on site"),
                            ("phone", "telephone"),
                            ("video", "video"),
                            ("written", "in writing"),
                        ],
                        max_length=10,
                        verbose_name="method",
                    ),
                ),
                ("meeting_at", models.DateTimeField(null=True, verbose_name="meeting at")),
                ("place", models.CharField(blank=True, max_length=200, verbose_name="place")),
                (
                    "started_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="started at"
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mediations",
                        to="cases.case",
                    ),
                ),
                (
                    "mediator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="mediator",
                    ),
                ),
            ],
            options={
                "verbose_name": "mediation",
                "verbose_name_plural": "mediations",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("case",),
                        name="mediation_one_current_per_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None),
                            ("ended_at__gte", models.F("started_at")),
                            _connector="OR",
                        ),
                        name="mediation_ends_after_it_begins",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                ("text", models.TextField(verbose_name="note")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "note",
                "verbose_name_plural": "notes",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="8ba4e3ff801688e490bba2952127c6c1482fce22",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_13d6f",
                            table="cases_note",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("question", models.TextField(verbose_name="question")),
                (
                    "asked_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="asked at"
                    ),
                ),
                ("until", models.DateTimeField(verbose_name="until")),
                ("text", models.TextField(blank=True, verbose_name="opinion")),
                ("given_at", models.DateTimeField(null=True, verbose_name="given at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to="cases.case",
                    ),
                ),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "expert opinion",
                "verbose_name_plural": "expert opinions",
                "indexes": [models.Index(fields=["expert", "until"], name="opinion_of_expert")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("asked_at"))),
                        name="opinion_leaves_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("given_at", None), ("text", "")),
                            models.Q(
                                models.Q(("text", ""), _negated=True),
                                ("given_at__gte", models.F("asked_at")),
                                ("given_at__lt", models.F("until")),
                            ),
                            _connector="OR",
                        ),
                        name="opinion_given_in_its_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PetitionRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("visit", "petitioner met"),
                            ("inspection", "matter inspected"),
                            ("hearing", "hearing held"),
                            ("review", "review asked for"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("note", models.TextField(verbose_name="note")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="petition_records",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "petition record",
                "verbose_name_plural": "petition records",
            },
        ),
        migrations.CreateModel(
            name="PetitionSheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "form",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("letter", "letter sent"),
                            ("visit", "visit in person"),
                            ("internet", "petition on the internet"),
                            ("call", "call to the petition office"),
                            ("fax", "fax"),
                            ("other", "other form"),
                        ],
                        max_length=10,
                        verbose_name="form of the petition",
                    ),
                ),
                (
                    "is_first",
                    models.BooleanField(null=True, verbose_name="first petition on this matter"),
                ),
                (
                    "people",
                    models.PositiveIntegerField(null=True, verbose_name="number of petitioners"),
                ),
                (
                    "representatives",
                    models.PositiveSmallIntegerField(null=True, verbose_name="representatives"),
                ),
                (
                    "wish",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("suggestion", "opinion or suggestion"),
                            ("accusation", "accusation"),
                            ("redress", "request for redress"),
                        ],
                        max_length=12,
                        verbose_name="kind of wish",
                    ),
                ),
                (
                    "national_satisfaction",
                    models.BooleanField(
                        null=True, verbose_name="counts for the national satisfaction survey"
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="petition_sheet",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "petition sheet",
                "verbose_name_plural": "petition sheets",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("representatives", None), ("representatives__lte", 5), _connector="OR"
                        ),
                        name="petition_of_few_representatives",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("representatives", None),
                            ("people", None),
                            ("representatives__lte", models.F("people")),
                            _connector="OR",
                        ),
                        name="petition_represented_by_petitioners",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("verb", models.CharField(max_length=20)),
                ("data", models.JSONField(default=dict)),
                ("stood", models.JSONField(null=True)),
                (
                    "deciders",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
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
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("holds", models.BooleanField(default=True)),
                ("at", models.DateTimeField(db_default=agency.core.clock.AgencyNow())),
                ("approved", models.BooleanField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="cases.case",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal",
                "verbose_name_plural": "proposals",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at", None), ("holds", True)),
                        fields=("case",),
                        name="proposal_one_pending_per_case",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at", None)),
                        fields=("case", "verb"),
                        name="proposal_one_pending_per_verb",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("by")), _negated=True),
                            _connector="OR",
                        ),
                        name="proposal_decided_by_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportSheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "place",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="place of the conduct"
                    ),
                ),
                (
                    "secrecy",
                    models.CharField(
                        choices=[
                            ("ordinary", "ordinary: secret as the law has it"),
                            ("special", "special: revenge is to be feared"),
                        ],
                        default="ordinary",
                        max_length=10,
                        verbose_name="level of secrecy",
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="report_sheet",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "report sheet",
                "verbose_name_plural": "report sheets",
            },
        ),
        migrations.CreateModel(
            name="Responsibility",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "callback",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responsibilities",
                        to="cases.case",
                    ),
                ),
                (
                    "core_handler",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "leader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "three-level responsibility",
                "verbose_name_plural": "three-level responsibilities",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("leader", models.F("core_handler")), _negated=True),
                            models.Q(("leader", models.F("callback")), _negated=True),
                            models.Q(("core_handler", models.F("callback")), _negated=True),
                        ),
                        name="responsibility_of_three_people",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Suggestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[("unit", "unit"), ("category", "category")],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("address", "by the address"),
                            ("merchant", "by the merchant's earlier cases"),
                            ("words", "by earlier cases with similar words"),
                        ],
                        max_length=10,
                        verbose_name="suggested",
                    ),
                ),
                (
                    "is_hit",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                models.Q(
                                    ("unit", models.F("chosen_unit")),
                                    ("category", models.F("chosen_category")),
                                    _connector="OR",
                                ),
                                then=models.Value(True),
                            ),
                            default=models.Value(False),
                        ),
                        output_field=models.BooleanField(),
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suggestions",
                        to="cases.case",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.category",
                    ),
                ),
                (
                    "chosen_category",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.category",
                    ),
                ),
                (
                    "chosen_unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.unit",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "suggestion",
                "verbose_name_plural": "suggestions",
                "indexes": [models.Index(fields=["at"], name="suggestion_at")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("category", None),
                                ("chosen_category", None),
                                ("chosen_unit__isnull", False),
                                ("unit__isnull", False),
                                ("what", "unit"),
                            ),
                            models.Q(
                                ("category__isnull", False),
                                ("chosen_category__isnull", False),
                                ("chosen_unit", None),
                                ("unit", None),
                                ("what", "category"),
                            ),
                            _connector="OR",
                        ),
                        name="suggestion_and_choice_are_of_one_kind",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="36f2ae9d16484fad372a808fd25e3584a64cf4f5",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_df639",
                            table="cases_suggestion",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Supervision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="note")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supervisions",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "supervision",
                "verbose_name_plural": "supervisions",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="4f60ab5c4501181f50f34ef919e1bafcf0b5f89f",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_fee40",
                            table="cases_supervision",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Supplement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=30, verbose_name="field")),
                ("was", models.TextField(blank=True, verbose_name="before")),
                ("now", models.TextField(blank=True, verbose_name="since then")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplements",
                        to="cases.case",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.consumer",
                    ),
                ),
                (
                    "was_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.consumer",
                    ),
                ),
            ],
            options={
                "verbose_name": "supplement",
                "verbose_name_plural": "supplements",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="948c1fee06e7cbe5f62fe705e6dc047d16caecf5",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_d4b1b",
                            table="cases_supplement",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "no",
                    models.CharField(
                        db_collation="C", max_length=20, unique=True, verbose_name="ticket number"
                    ),
                ),
                (
                    "external_no",
                    models.CharField(
                        blank=True, db_collation="C", max_length=64, verbose_name="external number"
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1, verbose_name="round")),
                ("line", models.CharField(blank=True, max_length=5, verbose_name="hotline")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("narrative", models.TextField(blank=True, verbose_name="narrative")),
                ("demand", models.TextField(blank=True, verbose_name="demand")),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        verbose_name="disputed amount",
                    ),
                ),
                ("urgent", models.BooleanField(default=False, verbose_name="urgent")),
                ("arrived_at", models.DateTimeField(verbose_name="arrived at")),
                (
                    "claimed_arrived_at",
                    models.DateTimeField(null=True, verbose_name="arrival as claimed"),
                ),
                (
                    "registered_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="registered at"
                    ),
                ),
                ("responded_at", models.DateTimeField(null=True, verbose_name="responded at")),
                ("contacted_at", models.DateTimeField(null=True, verbose_name="contacted at")),
                ("replied_at", models.DateTimeField(null=True, verbose_name="replied at")),
                ("reply_text", models.TextField(blank=True, verbose_name="reply")),
                (
                    "returned_at",
                    models.DateTimeField(null=True, verbose_name="returned to the platform"),
                ),
                (
                    "return_reason",
                    models.CharField(blank=True, max_length=100, verbose_name="why returned"),
                ),
                ("return_basis", models.TextField(blank=True, verbose_name="legal basis")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="cases.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="cases.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "consumer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="cases.consumer",
                    ),
                ),
            ],
            options={
                "verbose_name": "ticket",
                "verbose_name_plural": "tickets",
                "indexes": [models.Index(fields=["arrived_at"], name="ticket_arrived")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_no", ""), _negated=True),
                        fields=("channel", "external_no", "round"),
                        name="ticket_once_per_number_and_round",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("round__gte", 1)), name="ticket_round_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("responded_at", None),
                            ("responded_at__gte", models.F("arrived_at")),
                            _connector="OR",
                        ),
                        name="ticket_responded_after_arrival",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("contacted_at", None),
                            ("contacted_at__gte", models.F("responded_at")),
                            _connector="OR",
                        ),
                        name="ticket_contacted_after_response",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="to_be_indexed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="UPDATE cases_casesearch SET is_stale = true WHERE NOT is_stale AND case_id IN (SELECT case_id FROM fresh); RETURN NULL;",
                            hash="0dbe0007f29ea2511f8daf21b5decca0dfa9f4fd",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_to_be_indexed_67c0c",
                            referencing="REFERENCING NEW TABLE AS fresh ",
                            table="cases_ticket",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="to_be_indexed_anew",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."case_id" IS DISTINCT FROM (NEW."case_id") OR OLD."consumer_id" IS DISTINCT FROM (NEW."consumer_id") OR OLD."demand" IS DISTINCT FROM (NEW."demand") OR OLD."narrative" IS DISTINCT FROM (NEW."narrative"))',
                            func="\n            UPDATE cases_casesearch SET is_stale = true WHERE NOT is_stale AND case_id IN (NEW.case_id, OLD.case_id);\n            UPDATE cases_casesearch SET is_stale = true WHERE NOT is_stale AND case_id IN (SELECT case_id FROM cases_caseevent WHERE ticket_id = NEW.id); RETURN NULL;",
                            hash="ff85d3c35285093360ff539f823d9087a44cb327",
                            operation='UPDATE OF "case_id", "consumer_id", "narrative", "demand"',
                            pgid="pgtrigger_to_be_indexed_anew_89579",
                            table="cases_ticket",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseSearch",
            fields=[
                ("is_stale", models.BooleanField(default=True)),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="cases.case",
                    ),
                ),
                ("words", models.TextField(db_collation="C", db_default="", default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_stale", True)),
                        fields=["case"],
                        name="case_search_stale",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func(
                            models.F("words"),
                            function="bigrams",
                            output_field=django.contrib.postgres.fields.ArrayField(
                                base_field=models.TextField(), size=None
                            ),
                        ),
                        condition=models.Q(("is_stale", False)),
                        fastupdate=False,
                        name="case_search_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Callback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ended_on", models.DateField(verbose_name="ended on")),
                (
                    "drawn_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="drawn at"
                    ),
                ),
                ("done_at", models.DateTimeField(null=True, verbose_name="called back at")),
                (
                    "officer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="callback",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "drawn call back",
                "verbose_name_plural": "drawn call backs",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None)),
                        fields=["case"],
                        name="callback_waiting",
                    ),
                    models.Index(fields=["ended_on"], name="callback_of_day"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.storedfile",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="187af43a24a485e3793e3f27060b7de3b1bec946",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_241ac",
                            table="cases_attachment",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "override",
                    models.BooleanField(default=False, verbose_name="one person holds two parts"),
                ),
                (
                    "assigned_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="assigned at"
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                ("ruling", models.TextField(blank=True, verbose_name="ruling")),
                (
                    "return_reason",
                    models.CharField(blank=True, max_length=100, verbose_name="return reason"),
                ),
                ("return_explanation", models.TextField(blank=True, verbose_name="explanation")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "follow_up",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "returned_by",
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
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "assignment",
                "verbose_name_plural": "assignments",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("case",),
                        name="assignment_one_current_per_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None),
                            ("ended_at__gte", models.F("assigned_at")),
                            _connector="OR",
                        ),
                        name="assignment_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("return_reason", ""), ("ended_at__isnull", False), _connector="OR"
                        ),
                        name="assignment_returned_has_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("override", True),
                            models.Q(
                                models.Q(("contact", models.F("by")), _negated=True),
                                models.Q(("follow_up", models.F("by")), _negated=True),
                                models.Q(("contact", models.F("follow_up")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="assignment_three_people_or_said_so",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appraisal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("appraisal", "appraisal or testing"),
                            ("testing", "testing, inspection or quarantine"),
                            ("identification", "identification by the right holder"),
                            ("hearing", "hearing"),
                            ("announcement", "public announcement"),
                            ("suspension", "suspension of the case"),
                            ("refund", "ordered refund"),
                        ],
                        max_length=20,
                        verbose_name="reason",
                    ),
                ),
                ("institution", models.CharField(max_length=200, verbose_name="institution")),
                ("entrusted_on", models.DateField(null=True, verbose_name="sent on")),
                (
                    "cost",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("complainant", "the complainant"),
                            ("respondent", "the respondent"),
                            ("shared", "both parties, as agreed"),
                            ("agency", "the agency"),
                        ],
                        max_length=12,
                        verbose_name="cost borne by",
                    ),
                ),
                ("of_clue", models.BooleanField(default=False)),
                ("received_on", models.DateField(null=True, verbose_name="received on")),
                ("finding", models.TextField(blank=True, verbose_name="finding")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraisals",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "appraisal",
                "verbose_name_plural": "appraisals",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("case", "of_clue"),
                        name="appraisal_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("received_on", None),
                            ("received_on__gte", models.F("entrusted_on")),
                            ("entrusted_on", None),
                            _connector="OR",
                        ),
                        name="appraisal_received_after_it_was_sent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="agreement")),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, max_digits=12, verbose_name="recovered amount"
                    ),
                ),
                (
                    "due_on",
                    models.DateField(blank=True, null=True, verbose_name="to be performed by"),
                ),
                (
                    "made_at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="agreed at"
                    ),
                ),
                ("performed_at", models.DateTimeField(null=True, verbose_name="performed at")),
                (
                    "performed_amount",
                    models.DecimalField(
                        decimal_places=2, max_digits=12, null=True, verbose_name="performed amount"
                    ),
                ),
                (
                    "evidence_note",
                    models.TextField(blank=True, verbose_name="proof of performance"),
                ),
                (
                    "broken_at",
                    models.DateTimeField(null=True, verbose_name="found not performed at"),
                ),
                ("broken_note", models.TextField(blank=True, verbose_name="how it was broken")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreements",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "agreement",
                "verbose_name_plural": "agreements",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)),
                        name="agreement_amount_is_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("performed_amount", None), ("performed_at", None)),
                            models.Q(
                                ("performed_amount__gte", 0),
                                ("performed_at__gte", models.F("made_at")),
                            ),
                            _connector="OR",
                        ),
                        name="agreement_performed_with_its_amount",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseTopic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="case_topics",
                        to="cases.case",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="case_topics",
                        to="cases.topic",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("case", "topic"), name="casetopic_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Commendation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("received_on", models.DateField(verbose_name="received on")),
                (
                    "type",
                    models.CharField(
                        choices=[("banner", "banner"), ("letter", "thank-you letter")],
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="recorded at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commendations",
                        to="cases.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commendations",
                        to="core.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "commendation",
                "verbose_name_plural": "commendations",
                "ordering": ["-received_on", "-pk"],
                "indexes": [models.Index(fields=["received_on"], name="commendation_by_day")],
            },
        ),
        migrations.CreateModel(
            name="IntakeKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(db_collation="C", max_length=128)),
                ("body_hash", models.CharField(max_length=64)),
                ("answer", models.JSONField()),
                ("created_at", models.DateTimeField(db_default=agency.core.clock.AgencyNow())),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.channel",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.ticket",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "key"), name="intake_once_per_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="MediationSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("on_site", "on site"),
                            ("phone", "telephone"),
                            ("video", "video"),
                            ("written", "in writing"),
                        ],
                        max_length=10,
                        verbose_name="method",
                    ),
                ),
                ("held_at", models.DateTimeField(verbose_name="held at")),
                ("place", models.CharField(blank=True, max_length=200, verbose_name="place")),
                (
                    "complainant_came",
                    models.BooleanField(default=True, verbose_name="complainant came"),
                ),
                (
                    "respondent_came",
                    models.BooleanField(default=True, verbose_name="respondent came"),
                ),
                ("minutes", models.TextField(blank=True, verbose_name="minutes")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="recorded at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "mediation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="cases.mediation",
                    ),
                ),
            ],
            options={
                "verbose_name": "mediation session",
                "verbose_name_plural": "mediation sessions",
            },
        ),
        migrations.CreateModel(
            name="PartyNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "party",
                    models.CharField(
                        choices=[("complainant", "complainant"), ("respondent", "respondent")],
                        max_length=12,
                        verbose_name="party",
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("phone", "telephone"),
                            ("sms", "text message"),
                            ("letter", "letter"),
                            ("internet", "internet"),
                            ("email", "e-mail"),
                            ("in_person", "in person"),
                        ],
                        max_length=10,
                        verbose_name="how",
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="what was said")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                ("received_on", models.DateField(null=True, verbose_name="received on")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="party_notices",
                        to="cases.case",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="cases.decision",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice to a party",
                "verbose_name_plural": "notices to parties",
            },
        ),
        migrations.CreateModel(
            name="CaseDeadline",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="starts at")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                ("warn_at", models.DateTimeField(null=True)),
                ("alarm_at", models.DateTimeField(null=True)),
                (
                    "extension",
                    models.PositiveSmallIntegerField(default=0, verbose_name="extension"),
                ),
                ("paused_at", models.DateTimeField(null=True, verbose_name="paused at")),
                ("provisional", models.BooleanField(default=False, verbose_name="provisional")),
                ("met_at", models.DateTimeField(null=True, verbose_name="met at")),
                ("cancelled_at", models.DateTimeField(null=True, verbose_name="cancelled at")),
                (
                    "cancel_reason",
                    models.CharField(blank=True, max_length=40, verbose_name="why cancelled"),
                ),
                ("noticed_at", models.DateTimeField(null=True, verbose_name="breach noticed at")),
                ("attention_at", models.DateTimeField(null=True)),
                ("warned_percent", models.PositiveSmallIntegerField(default=0)),
                ("ladder_step", models.PositiveIntegerField(default=0)),
                ("sweep_errors", models.PositiveSmallIntegerField(default=0)),
                (
                    "answerable",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.unit",
                        verbose_name="unit answerable",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deadlines",
                        to="cases.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "gap",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.systemgap",
                    ),
                ),
                (
                    "handler",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="handler",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.deadlinerule",
                        verbose_name="rule",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.unit",
                        verbose_name="unit",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deadlines",
                        to="cases.ticket",
                        verbose_name="ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "deadline",
                "verbose_name_plural": "deadlines",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("attention_at__isnull", False)),
                        fields=["attention_at"],
                        name="casedeadline_attention",
                    ),
                    models.Index(
                        condition=models.Q(("cancelled_at", None), ("met_at", None)),
                        fields=["due_at"],
                        name="casedeadline_open_due",
                    ),
                    models.Index(
                        condition=models.Q(("cancelled_at", None), ("met_at", None)),
                        fields=["unit", "due_at"],
                        name="casedeadline_open_unit",
                    ),
                    models.Index(
                        condition=models.Q(("cancelled_at", None), ("met_at", None)),
                        fields=["answerable", "due_at"],
                        name="casedeadline_open_answerable",
                    ),
                    models.Index(
                        condition=models.Q(("cancelled_at", None), ("met_at", None)),
                        fields=["handler", "due_at"],
                        name="casedeadline_open_handler",
                    ),
                    models.Index(fields=["rule", "due_at"], name="casedeadline_rule_due"),
                    models.Index(
                        condition=models.Q(("noticed_at__isnull", False)),
                        fields=["-noticed_at"],
                        name="casedeadline_noticed",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gte", models.F("starts_at"))),
                        name="casedeadline_due_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("met_at", None), ("cancelled_at", None), _connector="OR"
                        ),
                        name="casedeadline_met_or_cancelled_not_both",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("met_at", None),
                            ("met_at__gte", models.F("starts_at")),
                            _connector="OR",
                        ),
                        name="casedeadline_met_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("noticed_at", None),
                            ("noticed_at__gt", models.F("due_at")),
                            _connector="OR",
                        ),
                        name="casedeadline_breach_noticed_after_due",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("noticed_at", None),
                            ("met_at", None),
                            ("met_at__gt", models.F("due_at")),
                            _connector="OR",
                        ),
                        name="casedeadline_breached_is_not_met_in_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("met_at", None),
                            ("met_at__lte", models.F("due_at")),
                            ("noticed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="casedeadline_met_late_is_breached",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancelled_at", None),
                            models.Q(
                                ("cancelled_at__lte", models.F("due_at")), ("noticed_at", None)
                            ),
                            models.Q(
                                ("cancelled_at__gt", models.F("due_at")),
                                ("noticed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="casedeadline_cancelled_late_is_breached",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at", None), ("met_at", None), ("paused_at", None)),
                            ("attention_at", None),
                            _connector="OR",
                        ),
                        name="casedeadline_only_running_is_watched",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("paused_at", None),
                            models.Q(
                                ("cancelled_at", None),
                                ("met_at", None),
                                ("noticed_at", None),
                                ("paused_at__lte", models.F("due_at")),
                            ),
                            _connector="OR",
                        ),
                        name="casedeadline_paused_is_open_and_in_time",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("cancelled_at", None)),
                        fields=("ticket", "rule"),
                        name="casedeadline_once_per_ticket_and_rule",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("ticket", None), ("cancelled_at", None), ("met_at", None)
                        ),
                        fields=("case", "rule"),
                        name="casedeadline_one_open_per_case_and_rule",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="487cb8250b4aaf588e3786a5946805a4d50a9098",
                            operation="DELETE",
                            pgid="pgtrigger_never_deleted_82b8a",
                            table="cases_casedeadline",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="breach_is_for_ever",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."noticed_at" IS NOT NULL AND (OLD."noticed_at" IS DISTINCT FROM (NEW."noticed_at") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at")))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="1d96421dc961c5cff07adc05a1d38eb4e7b0b9b1",
                            operation="UPDATE",
                            pgid="pgtrigger_breach_is_for_ever_1a707",
                            table="cases_casedeadline",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="answerable_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."answerable_id" IS DISTINCT FROM (NEW."answerable_id") AND (OLD."noticed_at" IS NOT NULL OR OLD."met_at" IS NOT NULL OR OLD."cancelled_at" IS NOT NULL))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update of \"answerable_id\" rows from % table', TG_TABLE_NAME;",
                            hash="e67f647fae856d3ee225e203e4f6e94afccd8c4b",
                            operation='UPDATE OF "answerable_id"',
                            pgid="pgtrigger_answerable_stays_75d27",
                            table="cases_casedeadline",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="due_moves_with_a_change_row",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."due_at" IS DISTINCT FROM (NEW."due_at"))',
                            func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM cases_casedeadlinechange c WHERE c.deadline_id = NEW.id\n                        AND c.old_due_at = OLD.due_at AND c.new_due_at = NEW.due_at\n                    ) THEN\n                        RAISE EXCEPTION 'due_at of cases_casedeadline % moves without a change row', OLD.id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                    ",
                            hash="053c235c4974a897718d05e6f0643b2f69a6f900",
                            operation='UPDATE OF "due_at"',
                            pgid="pgtrigger_due_moves_with_a_change_row_36209",
                            table="cases_casedeadline",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseDeadlineChange",
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
                ("old_due_at", models.DateTimeField(verbose_name="due before")),
                ("new_due_at", models.DateTimeField(verbose_name="due after")),
                ("cause", models.CharField(max_length=40, verbose_name="cause")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "deadline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="cases.casedeadline",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True,
                        fields=["batch"],
                        name="casedeadlinechange_batch",
                        pages_per_range=32,
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="71bcbf67317ca79a9dcf848cf7ccd1568ebe8428",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_74d8b",
                            table="cases_casedeadlinechange",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseDeadlineExcuse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="at"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "deadline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="excuses",
                        to="cases.casedeadline",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("decided_by", models.F("by")), _negated=True),
                        name="casedeadlineexcuse_decided_by_another",
                    ),
                    models.UniqueConstraint(fields=("deadline",), name="casedeadlineexcuse_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseDeadlinePause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_at", models.DateTimeField(verbose_name="from")),
                ("to_at", models.DateTimeField(null=True, verbose_name="to")),
                ("reason", models.CharField(max_length=20, verbose_name="reason")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "deadline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pauses",
                        to="cases.casedeadline",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_at", None), ("to_at__gte", models.F("from_at")), _connector="OR"
                        ),
                        name="casedeadlinepause_ends_after_it_begins",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("to_at", None)),
                        fields=("deadline",),
                        name="casedeadlinepause_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseEvent",
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
                    "at",
                    models.DateTimeField(
                        db_default=agency.core.clock.AgencyNow(), verbose_name="when"
                    ),
                ),
                ("data", models.JSONField(default=dict)),
                ("step", models.IntegerField(null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("registered", "registered"),
                            ("ticket_received", "ticket received again"),
                            ("dispatched", "dispatched"),
                            ("returned", "returned"),
                            ("responded", "responded"),
                            ("contacted", "contacted"),
                            ("returned_to_platform", "returned to the platform"),
                            ("contact_failed", "contact tried"),
                            ("replied", "replied to the platform"),
                            ("answer_agreed", "answer agreed"),
                            ("ticket_linked", "ticket linked"),
                            ("merged", "merged"),
                            ("ticket_unlinked", "ticket unlinked"),
                            ("assigned", "handler changed"),
                            ("handed_over", "handed over"),
                            ("split", "split"),
                            ("converted", "converted"),
                            ("supplemented", "registration supplemented"),
                            ("topic_changed", "topics changed"),
                            ("identity_requested", "identity asked for"),
                            ("identity_recorded", "identity recorded"),
                            ("accepted", "accepted"),
                            ("refused", "not accepted"),
                            ("notified", "party told"),
                            ("mediation_started", "mediation started"),
                            ("entrusted", "mediation entrusted"),
                            ("session_held", "mediation session held"),
                            ("recusal_requested", "recusal asked for"),
                            ("recusal_decided", "recusal decided"),
                            ("paused", "paused"),
                            ("resumed", "resumed"),
                            ("extended", "extended"),
                            ("clue_recorded", "clue found"),
                            ("clue_verified", "clue verified"),
                            ("dispute_recorded", "jurisdiction disputed"),
                            ("dispute_settled", "jurisdiction settled"),
                            ("settled", "settled"),
                            ("terminated", "mediation terminated"),
                            ("withdrawn", "withdrawn"),
                            ("performed", "performed"),
                            ("not_performed", "not performed"),
                            ("followed_up", "called back"),
                            ("verifying", "verification started"),
                            ("duplicate", "found a duplicate"),
                            ("no_jurisdiction", "no jurisdiction"),
                            ("filed", "filed"),
                            ("not_filed", "not filed"),
                            ("transferred", "transferred"),
                            ("case_decided", "case decided"),
                            ("rewarded", "reward granted"),
                            ("answered", "answered"),
                            ("objected", "objected to"),
                            ("objection_settled", "objection settled"),
                            ("routed", "routed to its legal way"),
                            ("triple_assigned", "three people named"),
                            ("visited", "petitioner met"),
                            ("inspected", "matter inspected"),
                            ("hearing_held", "hearing held"),
                            ("petition_replied", "opinion issued"),
                            ("evaluated", "rated"),
                            ("review_requested", "review asked for"),
                            ("review_answered", "review answered"),
                            ("expert_asked", "expert asked"),
                            ("opinion_given", "expert opinion given"),
                            ("publicity_decided", "publicity decided"),
                            ("attached", "evidence added"),
                            ("document_issued", "document issued"),
                            ("proposed", "proposed"),
                            ("disapproved", "not approved"),
                            ("excused", "breach excused"),
                            ("supervised", "pressed for what is overdue"),
                            ("noted", "note"),
                            ("closed", "closed"),
                            ("reopened", "reopened"),
                            ("archived", "archived"),
                            ("deadline_warned", "deadline near"),
                            ("deadline_breached", "deadline missed"),
                            ("deadline_escalated", "escalated"),
                        ],
                        max_length=40,
                        verbose_name="what",
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="cases.case",
                    ),
                ),
                (
                    "deadline",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="cases.casedeadline",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="cases.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True,
                        fields=["batch"],
                        name="caseevent_batch",
                        pages_per_range=32,
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("step__isnull", False)),
                        fields=("deadline", "kind", "step"),
                        name="caseevent_once_per_deadline_step",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="65b17c5dc231aae95e4a5d286bcd92a634f3ebd3",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_320b9",
                            table="cases_caseevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
    )
