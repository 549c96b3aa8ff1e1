"""A database empty again after a test that commits: deleted, where Django would truncate.

Truncation makes new files for 150 tables and their indexes, however few rows there are.
"""

from functools import cache

from django.db import connection
from django.test import TransactionTestCase

flush = TransactionTestCase._fixture_teardown

# Whom TRUNCATE waits for, this waits for; as a replica no trigger and no reference objects.
EMPTY = """
DO $$
BEGIN
    SET LOCAL session_replication_role = replica;
    LOCK TABLE {tables} IN EXCLUSIVE MODE;
    {deletions}
END $$
"""
MADE_BY_MIGRATE = {"django_content_type", "auth_permission"}


def empty(test: TransactionTestCase) -> None:
    """Django's flush, for whom PostgreSQL lets switch triggers off; others get Django's own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        if not cursor.fetchone()[0]:
            return flush(test)
        cursor.execute(_statement())


@cache
def _statement() -> str:
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    emptied = [connection.ops.quote_name(name) for name in tables if name not in MADE_BY_MIGRATE]
    deletions = " ".join(f"DELETE FROM {name};" for name in emptied)  # noqa: S608 – tables of ours
    return EMPTY.format(tables=", ".join(emptied), deletions=deletions)
