from agency.core.console import JsonCommand
from outlets import demo


class Command(JsonCommand):
    help = "Make the outlets of the demo agency that are not there yet; after load_demo."

    def answer(self, **options):
        return {"created": demo.load()}
