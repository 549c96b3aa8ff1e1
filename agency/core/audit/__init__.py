"""Who changed which row, when: recorded by the database, sealed, and out of our own reach.

- acting: tells the database, with each statement that writes, who is at work.
- triggers: the database's own hand that writes it down, on every table.
- seals: a hash a minute over all trails, and the check of it.
- rights: what the programs' own account may do in the database.

Why it is so: docs/decisions/0014-audit.md.
"""


def install() -> None:
    """After each migration: every table audited, every trail sealed, and neither ours to change."""
    from django.db import connection, transaction

    from agency.core.audit import rights, seals, triggers

    with transaction.atomic():
        if "core_seal" in connection.introspection.table_names():
            triggers.install()
            seals.install()
            rights.install()
