"""What is counted: one function for each quantity, each naming the rows that are counted.

A quantity may have several sources: what lived here, and what a ledger of earlier years brought.
Every row of a source is a case, or something that belongs to one, or stands for itself; the same
rows that make the figure are listed behind it. Which quantity makes which figure:
reports/indicators.py.
"""

from reports.measures.source import Measure, Source

__all__ = ["Measure", "Source"]
