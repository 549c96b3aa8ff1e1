"""What is counted of the outlets themselves; what they settle is a case: reports/measures/cases.py."""

from datetime import datetime

from reports.measures.source import Source

# TODO when outlets have their table: filed and not withdrawn on the last day, and newly filed.


def active(at: datetime) -> list[Source]:
    return []


def new(at: datetime) -> list[Source]:
    return []
