"""Operations that draw the models once: what they make is there, and goes again."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from agency.core.migrating import at_once

pytestmark = pytest.mark.django_db


def table(name: str, *others) -> migrations.CreateModel:
    return migrations.CreateModel(name, [("id", models.BigAutoField(primary_key=True)), *others])


LEAF = table("Leaf", ("branch", models.ForeignKey("core.Branch", models.PROTECT)))
BRANCH = table("Branch", ("tree", models.ForeignKey("core.Tree", models.PROTECT)))


def states(*operations) -> tuple[ProjectState, ProjectState]:
    """Before and after, each with its models drawn, as ``migrate`` has them."""
    before = ProjectState()
    before.apps  # noqa: B018 – drawn by being asked for
    after = before.clone()
    for operation in operations:
        operation.state_forwards("core", after)
    return before, after


def tables() -> set[str]:
    return {"core_leaf", "core_branch", "core_tree"} & set(connection.introspection.table_names())


def test_tables_that_lead_to_later_ones_come_and_go_together():
    [together] = at_once(LEAF, BRANCH, table("Tree"))
    before, after = states(together)

    with connection.schema_editor() as editor:
        together.database_forwards("core", editor, before, after)
    assert tables() == {"core_leaf", "core_branch", "core_tree"}
    with connection.schema_editor() as editor:
        together.database_backwards("core", editor, after, before)
    assert tables() == set()


def test_what_is_changed_leads_to_what_it_was():
    [made] = at_once(table("Tree", ("height", models.IntegerField())))
    [changed] = at_once(
        migrations.AlterField("tree", "height", models.CharField(max_length=9)),
        migrations.AddField("tree", "name", models.TextField(default="")),
    )
    before, tree = states(made)
    _before, named = states(made, changed)

    with connection.schema_editor() as editor:
        made.database_forwards("core", editor, before, tree)
        changed.database_forwards("core", editor, tree, named)
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, "core_tree")
    assert {column.name: column.display_size for column in columns} == {
        "id": 8, "height": 9, "name": None,
    }  # fmt: skip
