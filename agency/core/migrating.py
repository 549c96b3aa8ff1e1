"""Migrations of many tables in a fraction of the time."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


def at_once(*operations: Operation) -> list[Operation]:
    """The operations of a migration that draw the models of its end once, instead of after each.

    After each operation Django draws anew every model that is related to the changed one: nearly
    all, as they lead to units and people. So it is for operations of which none needs what lies
    in between: a thing is not changed twice, nor used by RunPython.
    """
    return [_AtOnce(*operations)]


class _AtOnce(Operation):
    def __init__(self, *operations: Operation) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # the models drawn, which are drawn anew when asked for
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:  # fmt: skip
        for operation in self.operations:
            operation.database_forwards(app_label, editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:  # fmt: skip
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, editor, from_state, to_state)

    def describe(self) -> str:
        return f"{len(self.operations)} operations at once"
