"""ACCOUNTS: how a person comes in, stays in, and goes.

login.py        the way in, step by step; second_step.py: a code of one's phone
brake.py        guessing is slow, and nobody is locked out by a stranger
factor.py       the second factor: codes of an app, recovery codes
sessions.py     how long a session lasts, and how many there are
addresses.py    from where somebody asks
"""
