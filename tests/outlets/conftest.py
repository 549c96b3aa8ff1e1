"""What the outlets' tests share: the standards, and an outlet on its way."""

import pytest

from outlets import demo, standards, workflow

ALL_MET = dict.fromkeys(
    ["rules", "practice", "procedure", "place", "equipment", "signs", "staff", "files", "information"],
    True,
)  # fmt: skip
NEW = {
    "code": "hall-1", "name": "南门市场服务站", "type": "market", "unit": "east",
    "liaison": "林一一", "phone": "13700137000",
}  # fmt: skip


@pytest.fixture
def standard(db):
    standards.load()


@pytest.fixture
def standing(agency, clock, standard):
    """The outlets of the demo agency, on file."""
    demo.load()


@pytest.fixture
def applied(agency, clock, standard):
    return workflow.apply(by=agency.chief, **NEW)


@pytest.fixture
def filed(agency, applied):
    """hall-1, visited by mediator and chief, filed by the leader."""
    workflow.inspect("hall-1", by=agency.chief, inspectors=["mediator", "chief"], checklist=ALL_MET)
    return workflow.file("hall-1", by=agency.leader)
