"""The same in English."""

from agency.formats.zh_Hans.formats import *  # noqa: F403
