"""The rules of the house that a machine can check."""

import ast
import re
import subprocess
import tokenize
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.core.management import get_commands, load_command_class
from drf_spectacular.checks import schema_check

from agency.core.backends import MAY
from agency.core.console import JsonCommand
from agency.core.models import Deadline
from agency.core.models.event import Event

ROOT = Path(__file__).resolve().parent.parent
APPS = ["agency", "cases", "outlets", "interviews", "reports"]
SOURCES = sorted(
    path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts
)
TOP = (
    "agency cases outlets interviews reports tests manage.py requirements.txt docker-compose.yml README.md README.zh-CN.md"
    " pyproject.toml requirements.in requirements-dev.in requirements-dev.txt Dockerfile run test .ci docs benchmarks"
    " .gitignore .dockerignore"
).split()


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return listed.stdout.split("\n")[:-1]


def calls(path: Path):
    """Every call in a file as (dotted name, line)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def test_nothing_else_lies_at_the_top():
    files = tracked()
    if not files:
        pytest.skip("no git here to ask what belongs to the project")
    assert {file.split("/")[0] for file in files} - set(TOP) == set()


def test_every_docstring_is_there():
    without = [
        name(path) for path in SOURCES if path.name != "__init__.py" and not _documented(path)
    ]
    assert without == []


def _documented(path: Path) -> bool:
    """A module says what lives here, or holds one class that does."""
    tree = ast.parse(path.read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return bool(ast.get_docstring(tree)) or any(
        ast.get_docstring(node) or "help" in ast.unparse(node) or "AppConfig" in ast.unparse(node)
        for node in classes
    )


@pytest.mark.parametrize("app", ["cases"])
def test_the_files_of_an_app_have_the_names_one_expects(app):
    expected = {"models", "workflow", "api.py", "admin", "apps.py", "migrations"}
    assert expected <= {path.name for path in (ROOT / app).iterdir()}


def test_only_the_database_s_clock_is_read():
    watched = {"datetime.now", "datetime.utcnow", "timezone.now", "date.today", "time.time"}
    found = [
        f"{name(path)}:{line} {call}"
        for path in SOURCES
        for call, line in calls(path)
        if call in watched and "services" not in path.parts
        and not _excused(path, line)
    ]  # fmt: skip
    assert found == []


def _excused(path: Path, line: int) -> bool:
    """The line, or the one above, says why it needs the machine's own clock."""
    lines = path.read_text().splitlines()
    return any("own clock" in text for text in lines[max(0, line - 3) : line])


# Whatever Django writes a row with, and what accounts and tokens are made with.
WRITES = re.compile(
    r"\.(a?(create|bulk_create|bulk_update|get_or_create|update_or_create|save|update|delete)"
    r"|save_model|delete_model|set_password|create_user|issue|execute)$"
)
DOORS = re.compile(
    r"^(agency/core|agency/core/notifications|cases|outlets|interviews|reports)"
    r"/(admin/.*|imports/.*|templatetags/.*|\w*api|portal|tasks|filters|serializers|dashboard|views"
    r"|accounts/(login|second_step|invited|own))\.py$"
)


@pytest.mark.parametrize(
    "call",
    [
        "Case.objects.create", "case.save", "super().save", "rows.filter(pk=1).update",
        "User.objects.create_user", "user.set_password", "ApiToken.issue", "cursor.execute",
        "admin.ModelAdmin.save_model", "Case.objects.abulk_create",
    ],
)  # fmt: skip
def test_a_write_is_known_by_its_call(call):
    assert WRITES.search(call)


def test_no_door_writes_a_row_by_itself():
    found = [
        f"{name(path)}:{line} {call}"
        for path in SOURCES
        if DOORS.match(name(path))
        for call, line in calls(path)
        if WRITES.search(call)
    ]
    assert found == []


def test_only_settings_are_saved_by_their_page():
    """The admin saves a page's form by itself, without a call that could be seen here."""
    changed = {
        model for of_role in MAY.values() for model, verbs in of_role.items() if "change" in verbs
    }
    assert changed == {
        "core.user", "core.unit", "core.deadlinerule", "cases.channel", "cases.category",
        "cases.profile", "cases.training", "cases.recusal", "cases.topic", "cases.phrase",
        "cases.commendation",  # by commendations.record
    }  # fmt: skip


def test_lists_for_people_are_joined_as_their_language_does():
    joined = [
        f"{name(path)}:{line}"
        for path in SOURCES
        for call, line in calls(path)
        if call in {"', '.join", "'; '.join"}
    ]
    assert joined == []


def test_no_page_shows_a_text_of_a_case_but_masked():
    """Free text comes to a page through ``shown`` (cases/models/case.py), never from the row."""
    raw = re.compile(r"\bcase\.(title|narrative|demand|conclusion|agreed_answer)\b")
    found = [
        f"{name(path)} {hit.group()}"
        for app in APPS
        for path in (ROOT / app).rglob("templates/**/*.html")
        for hit in raw.finditer(path.read_text())
    ]
    assert found == []


def test_tasks_carry_no_facts():
    found = [
        f"{name(path)}:{line} {call}"
        for path in SOURCES
        for call, line in calls(path)
        if call.endswith((".delay", ".apply_async", ".send_task"))
    ]
    assert found == []


def test_no_signals_and_no_generic_foreign_keys():
    found = [
        f"{name(path)}:{line} {call}"
        for path in SOURCES
        for call, line in calls(path)
        if call in {"receiver", "Signal"}
        or call.endswith(("post_save.connect", "pre_save.connect"))
    ]
    assert found == []
    generic = [
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in {"core", *APPS}
        and any(isinstance(field, GenericForeignKey) for field in model._meta.private_fields)
    ]
    assert generic == []


def test_functions_stay_readable():
    long = [
        f"{name(path)}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > 40
    ]
    assert long == []


def test_files_stay_short_enough_to_read():
    long = [
        f"{name(path)} has {count} lines"
        for path in SOURCES
        if (count := len(path.read_text().splitlines())) > 500
    ]
    assert long == []


def test_each_deadline_table_has_its_event_and_its_change_table():
    tables = [model for model in apps.get_models() if issubclass(model, Deadline)]
    assert tables
    for model in tables:
        assert issubclass(model._meta.get_field("events").related_model, Event)
        assert apps.get_model(f"{model._meta.label}Change")._meta.get_field("deadline")
        assert model._meta.get_field(model.subject).many_to_one


def test_every_command_answers_in_json():
    own = {
        command: app
        for command, app in get_commands().items()
        if str(app) in {"agency.core", *APPS}
    }
    assert own
    for command, app in own.items():
        assert isinstance(load_command_class(app, command), JsonCommand), command


def test_every_setting_of_the_environment_is_documented():
    settings = (ROOT / "agency" / "settings.py").read_text()
    operations = (ROOT / "docs" / "operations.md").read_text()
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', settings))
    read |= set(re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "docker-compose.yml").read_text()))
    assert {variable for variable in read if f"`{variable}`" not in operations} == set()


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_what_a_readme_points_to_is_there(readme):
    text = (ROOT / readme).read_text()
    places = {
        place
        for place in re.findall(r"`([\w./-]+/[\w./-]*)`", text)
        if not place.startswith("var/")
    }
    assert {place for place in places if not (ROOT / place).exists()} == set()


def test_both_readmes_point_to_the_same_places():
    def places(readme: str) -> set[str]:
        return set(re.findall(r"`([\w.-]+/[\w./-]*)`", (ROOT / readme).read_text()))

    assert places("README.md") == places("README.zh-CN.md")


PLACE = re.compile(
    r"(?<![\w./:@{*-])([\w.-]+(?:/[\w.-]+)+\.(?:py|md|csv|toml|yml|html|css|js|json|svg|po|txt))\b"
)


def remarks(path: Path):
    """The docstrings and comments of a file; of one that is no Python, all of it."""
    if path.suffix != ".py":
        yield path.read_text()
        return
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.string
    for node in ast.walk(ast.parse(path.read_text())):
        value = getattr(node, "value", None)
        if isinstance(node, ast.Expr) and isinstance(value, ast.Constant):
            yield str(value.value)


def test_what_docstrings_comments_and_documents_point_to_is_there():
    """From the top, or from a folder above the file, or as a page asks for a static file."""
    documents = [*(ROOT / "docs").rglob("*.md"), ROOT / "docker-compose.yml", ROOT / "run"]
    missing = [
        f"{name(path)}: {place}"
        for path in [*SOURCES, *documents]
        for remark in remarks(path)
        for place in PLACE.findall(remark)
        if not any(
            (folder / place).exists() or (folder / "static" / place).exists()
            for folder in path.parents
            if ROOT in [folder, *folder.parents]
        )
    ]
    assert missing == []


def test_both_readmes_show_the_same_commands():
    blocks = [
        re.findall(r"```sh\n(.*?)```", (ROOT / readme).read_text(), re.S)
        for readme in ("README.md", "README.zh-CN.md")
    ]
    english, chinese = (
        [re.sub(r"#.*|FILE|文件", "", block) for block in found] for found in blocks
    )
    assert [block.split() for block in english] == [block.split() for block in chinese]


def test_the_project_speaks_of_itself_alone():
    words = re.compile(r"/work/|/root/|pypi\.org|files\.pythonhosted|registry\.npmjs")
    found = [
        file
        for file in tracked()
        if (ROOT / file).suffix
        in {".py", ".md", ".toml", ".txt", ".in", ".yml", ".html", ".css", ".po", ""}
        and (ROOT / file).is_file()
        and file != "tests/test_house.py"
        and words.search((ROOT / file).read_text(errors="replace"))
    ]
    assert found == []


def test_the_api_describes_itself_without_a_doubt():
    assert schema_check(None) == []
