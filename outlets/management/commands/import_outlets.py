from agency.core.imports import ImportCommand
from outlets.imports import COLUMNS, OutletLines


class Command(ImportCommand):
    help = f"Take in outlets: CSV or XLSX with the columns {' '.join(COLUMNS)}."

    def take_in(self, path, **options):
        return OutletLines().read(path, **options)
