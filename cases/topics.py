"""The topics an agency begins with: cases/data/topics.csv. More are made in the admin."""

import csv
from pathlib import Path

from cases.models import Topic

TOPICS = Path(__file__).resolve().parent / "data" / "topics.csv"


def read(file: Path = TOPICS) -> list[dict[str, str]]:
    """The rows of a file with the columns of cases/data/topics.csv."""
    with file.open(encoding="utf-8-sig", newline="") as rows:
        return list(csv.DictReader(rows))


def names() -> list[tuple[str, str]]:
    """Code and name of every topic there is or may be loaded: rules are loaded before topics are."""
    coming = [
        Topic(code=row["code"], name_zh=row["name_zh"], name_en=row["name_en"]) for row in read()
    ]
    return [(topic.code, topic.name) for topic in (*coming, *Topic.objects.all())]
