import secrets

import pytest


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, help="play the same random story again")


@pytest.fixture
def seed(request) -> int:
    """The story to play: the one asked for, or a new one."""
    given = request.config.getoption("--seed")
    return secrets.randbelow(1_000_000) if given is None else given
