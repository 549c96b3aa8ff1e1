"""ACCOUNTS: how a person comes in, stays in, and goes.

login.py        the way in, step by step
sessions.py     how long a session lasts, and how many there are
addresses.py    from where somebody asks
"""
