from agency.core.imports import ImportCommand
from reports.given import BenchmarkLines


class Command(ImportCommand):
    help = "Take in figures from outside: averages, other districts, ranks."

    def take_in(self, path, *, rejects, watch):
        return BenchmarkLines().read(path, rejects=rejects, watch=watch)
