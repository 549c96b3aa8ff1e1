"""The product speaks Chinese: every text is in the catalogue, and what is compiled is what is written."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted((ROOT / "agency" / "locale").rglob("*.po"))
OURS = ROOT / "agency" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def texts(catalogue) -> dict:
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr or entry.msgstr_plural
        for entry in catalogue
        if not entry.obsolete
    }


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_what_is_compiled_is_what_is_written(path):
    compiled = polib.mofile(path.with_suffix(".mo"))

    assert texts(compiled) == texts(polib.pofile(path))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_text_has_its_chinese(path):
    entries = [entry for entry in polib.pofile(path) if not entry.obsolete]

    assert [entry.msgid for entry in entries if not entry.translated() or entry.fuzzy] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_names_what_its_text_names(path):
    names = re.compile(r"%\((\w+)\)")
    wrong = [
        entry.msgid
        for entry in polib.pofile(path)
        if entry.msgstr and set(names.findall(entry.msgid)) != set(names.findall(entry.msgstr))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ("被诉方", "被投诉人"),
        ("被投诉方", "被投诉人"),
        ("(?<!被)投诉方", "投诉人"),
        ("商家", "经营者"),
        ("主题|标签(?!页)|专项(?!行动)", "专题"),
        ("关联工单", "并单"),
    ],
)
def test_one_thing_has_one_word(other, word):
    """As docs/glossary.md says it; a tab of the browser is a 标签页."""
    said = [str(text) for text in texts(polib.pofile(OURS)).values()]

    assert [text for text in said if re.search(other, text)] == []
    assert any(word in text for text in said)


def test_every_text_of_the_code_is_in_the_catalogue(tmp_path):
    if shutil.which("xgettext") is None:
        reason = "there is no xgettext on this machine (apt-get install gettext)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    for place in ("agency", "cases", "outlets", "interviews", "reports"):
        shutil.copytree(
            ROOT / place, tmp_path / place, ignore=shutil.ignore_patterns("__pycache__", "vendor")
        )
    shutil.copy(ROOT / "manage.py", tmp_path)

    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "-l", "zh_Hans", "--no-location", "--no-obsolete"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip

    found = polib.pofile(str(tmp_path / OURS.relative_to(ROOT)))
    known = set(texts(polib.pofile(OURS)))
    assert set(texts(found)) - known == set()
    assert known - set(texts(found)) == set(), "nobody says this any more"
