"""What the programs' own account may do in the database: write rows, and nothing else.

Who migrates owns the tables. Web and workers connect as ``ROLE``, which owns none of them: it
switches no trigger off, and neither changes nor deletes what is written once.
"""

from urllib.parse import unquote, urlsplit

from django.apps import apps
from django.db import connection
from psycopg import sql

from agency.core.models import Audit, Seal

ROLE = "agency_app"

GRANTS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role};
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE USAGE ON SEQUENCE core_trail_batch FROM {role};
REVOKE UPDATE, DELETE ON {written_once} FROM {role};
REVOKE DELETE ON {never_deleted} FROM {role};
REVOKE INSERT, UPDATE, DELETE ON {not_theirs} FROM {role};
"""


def install() -> None:
    """After each migration, where there is such an account: what it may, and no more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE])
        if cursor.rowcount:
            cursor.execute(
                sql.SQL(GRANTS).format(
                    role=sql.Identifier(ROLE),
                    written_once=_tables("append_only"),
                    never_deleted=_tables("never_deleted"),
                    not_theirs=_named(
                        Audit._meta.db_table, Seal._meta.db_table, "django_migrations"
                    ),
                )
            )


def make_account(address: str) -> None:
    """The account of DATABASE_URL, if it is ``ROLE`` and not there yet. We are the owner."""
    parts = urlsplit(address)
    if parts.username != ROLE or connection.settings_dict["USER"] == ROLE:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE])
        if not cursor.rowcount:
            create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            password = sql.Literal(unquote(parts.password or ""))
            cursor.execute(create.format(sql.Identifier(ROLE), password))


def _tables(trigger: str) -> sql.Composed:
    """Those of which a model says by a trigger of this name what nobody does to them."""
    return _named(
        *(
            model._meta.db_table
            for model in apps.get_models()
            if trigger in {t.name for t in getattr(model._meta, "triggers", [])}
        )
    )


def _named(*tables: str) -> sql.Composed:
    return sql.SQL(",").join(map(sql.Identifier, tables))
