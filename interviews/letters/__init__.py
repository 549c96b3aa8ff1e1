"""The letters of an interview: ``amr/`` those of a market regulator, ``council/`` those of a
consumer council. How they are filled and rendered: agency/core/letters/__init__.py.
"""

from pathlib import Path

from agency.core import letters
from agency.core.letters import Template

HERE = Path(__file__).parent


def template(profile: str, form: str) -> Template:
    """The profile's own form, else the regulator's: most records are the same for both."""
    own = letters.template(HERE, profile, form)
    return own or letters.template(HERE, "amr", form)
