"""Calling merchants to account: interviews, notices, pledges, rectifications."""
