"""Killed in the middle of a batch of notices: no number is lost or doubled, and the rest is written."""

import os
import signal
import subprocess
import sys

import pytest

from agency.core import invariants
from agency.core.models import NumberSeries
from interviews.models import Document, Notice
from interviews.workflow import papers
from tests.interviews.stories import Desk
from tests.processes import ROOT, database_url, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 24
WRITER = (
    "import django; django.setup();"
    "from interviews.workflow import papers; papers.write_pending(600)"
)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def written() -> int:
    return Document.objects.filter(form="notice").exclude(issued_at=None).count()


def test_three_writers_are_killed_and_the_numbers_stand_in_one_row(agency, tmp_path):
    desk = Desk(agency, merchants=[{"name": f"商户{n}"} for n in range(MANY)])
    desk.do("leader", "approve")
    desk.do("mediator", "issue_notice")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "agency.settings", "DATABASE_URL": database_url(),
        "VAR_DIR": str(tmp_path),
    }  # fmt: skip
    for _turn in range(3):
        before = written()
        writer = subprocess.Popen([sys.executable, "-c", WRITER], cwd=ROOT, env=environment)
        wait_until(lambda before=before: written() > before, seconds=60, what="one more is written")
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert 3 <= written() < MANY, "the kills came in the middle"

    papers.write_pending(120)

    numbers = sorted(
        int(number.partition("〕")[2].removesuffix("号"))
        for number in Notice.objects.values_list("number", flat=True)
    )
    assert numbers == list(range(1, MANY + 1))
    assert NumberSeries.objects.get(name__contains="约").last == MANY
    assert invariants.check()[1] == []
