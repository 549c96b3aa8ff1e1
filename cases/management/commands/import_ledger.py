from agency.core.imports import ImportCommand
from cases.imports import ledger


class Command(ImportCommand):
    help = "Take in historic cases with their outcomes. Run again, it goes on where it stopped."
    take_in = staticmethod(ledger.import_ledger)
