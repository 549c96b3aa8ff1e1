from agency.core.imports import ImportCommand
from interviews.imports import COLUMNS, InterviewLines


class Command(ImportCommand):
    help = f"Take in interviews of the past: CSV or XLSX with the columns {' '.join(COLUMNS)}."

    def take_in(self, path, **options):
        return InterviewLines().read(path, **options)
