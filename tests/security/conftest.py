"""The walks of tests/access, for everybody to take whole."""

import pytest

from tests.access.conftest import a_place, walk

__all__ = ["walk"]


@pytest.fixture(scope="module")
def place(django_db_setup, django_db_blocker, tmp_path_factory):
    """For one file: the others found an agency of their own, and there is room for one."""
    with a_place(django_db_blocker, tmp_path_factory.mktemp("media")) as place:
        yield place
