"""Who changed which row, when: recorded by the database, sealed, and out of our own reach.

- acting: tells the database, with each statement that writes, who is at work.
- triggers: the database's own hand that writes it down, on every table.

Why it is so: docs/decisions/0013-audit.md.
"""
