"""The letters of an interview: ``amr/`` those of a market regulator, ``council/`` those of a
consumer council, as they first were; what was put in force since: interviews/letters/versions.py.
How they are filled and rendered: agency/core/letters/__init__.py.
"""
