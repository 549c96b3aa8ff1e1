"""What identifies a person is sealed; its plain columns go."""

from django.db import migrations, models

import agency.core.sealing as sealing

PLAIN = {
    "consumer": ["phone", "id_number", "address"],
    "reporter": ["name", "phone", "id_number", "address"],
}
NAMES = {"name": "name", "phone": "phone", "id_number": "identity number", "address": "address"}
INDEXED = ["phone", "id_number"]
INDEXES = {"phone": "consumer_phone", "id_number": "consumer_id"}
AT_ONCE = 1000


def seal(apps, schema_editor):
    for name, columns in PLAIN.items():
        rows, last = apps.get_model("cases", name).objects.order_by("pk"), 0
        while batch := list(rows.filter(pk__gt=last)[:AT_ONCE]):
            for row in batch:
                for column in columns:
                    setattr(row, column, getattr(row, f"plain_{column}"))
            sealing.reseal(batch)
            last = batch[-1].pk


def put_aside(name: str, column: str) -> list:
    return [
        migrations.RenameField(name, column, f"plain_{column}"),
        migrations.AddField(name, column, sealing.SecretField(verbose_name=NAMES[column])),
    ]


class Migration(migrations.Migration):
    dependencies = [("cases", "0023_who_calls_back")]
    operations = [
        *(migrations.RemoveIndex("consumer", index) for index in INDEXES.values()),
        *(one for name, columns in PLAIN.items() for c in columns for one in put_aside(name, c)),
        *(
            migrations.AddField(name, f"{column}_index", sealing.BlindIndex(of=column))
            for name in PLAIN
            for column in INDEXED
        ),
        migrations.RunPython(seal, elidable=True),
        *(
            migrations.RemoveField(name, f"plain_{column}")
            for name, columns in PLAIN.items()
            for column in columns
        ),
        *(
            migrations.AddIndex(
                "consumer",
                models.Index(
                    fields=[f"{column}_index"],
                    name=index,
                    condition=~models.Q(**{f"{column}_index": b""}),
                ),
            )
            for column, index in INDEXES.items()
        ),
    ]
