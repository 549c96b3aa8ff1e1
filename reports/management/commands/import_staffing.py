from agency.core.imports import ImportCommand
from reports.given import StaffingLines


class Command(ImportCommand):
    help = "Take in persons in post by unit and month."

    def take_in(self, path, *, rejects, watch):
        return StaffingLines().read(path, rejects=rejects, watch=watch)
