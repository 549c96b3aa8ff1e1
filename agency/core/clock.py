"""The one clock of the house: the database's, through agency_now().

Lock first, then read it, once; pass the moment on. Only the tests' database replaces
the SQL function, so time can stand still in a test and nowhere else.
"""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func

# statement_timestamp() and not now(): now() is the start of a maybe long transaction.
# STABLE, so that an index can serve a comparison with it.
CREATE_AGENCY_NOW = """
CREATE FUNCTION agency_now() RETURNS timestamptz LANGUAGE sql STABLE
AS 'SELECT statement_timestamp()'
"""
DROP_AGENCY_NOW = "DROP FUNCTION agency_now()"


class AgencyNow(Func):
    """agency_now() inside a query or as a column's default."""

    function = "agency_now"
    arity = 0
    output_field = DateTimeField()


def now() -> datetime:
    """This moment by the database's clock: aware, UTC.

    A write calls it after it holds its locks, so that what it stores is not older than
    what somebody else stored before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT agency_now()")
        return cursor.fetchone()[0]
