from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from agency.core.console import JsonCommand, fault_in
from cases import topics
from cases.models import Topic


class Command(JsonCommand):
    help = "Add the topics that are not there yet; after load_categories."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", type=Path, default=topics.TOPICS)

    @transaction.atomic
    def answer(self, *, file, **options):
        known = set(Topic.objects.values_list("code", flat=True))
        added = [
            self.add(row, file, line)
            for line, row in enumerate(topics.read(file), start=2)
            if row["code"] not in known
        ]
        return {"added": len(added), "topics": len(known) + len(added)}

    @staticmethod
    def add(row, file, line):
        topic = Topic(**row | {"categories": row["categories"].split()})
        try:
            topic.full_clean()
        except ValidationError as error:
            raise fault_in(file, line, " ".join(error.messages)) from error
        topic.save()
        return topic
