"""The walk of tests/access, for everybody to take whole."""

from tests.access.conftest import place, walk

__all__ = ["place", "walk"]
