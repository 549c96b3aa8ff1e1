"""What the body of each verb may hold: the API reads it, the admin makes its form of it."""

from cases.bodies import common, complaint, others

BODIES = {**common.BODIES, **complaint.BODIES, **others.BODIES}
"""Verb → serializer."""
