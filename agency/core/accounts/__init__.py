"""ACCOUNTS: how a person comes in, stays in, and goes.

login.py        the way in, step by step; second_step.py: a code of one's phone
brake.py        guessing is slow, and nobody is locked out by a stranger
factor.py       the second factor: codes of an app, recovery codes
links.py        invitations and forgotten passwords: links that open once; invited.py: their pages
passwords.py    what a password must be like
own.py          one's own account page
sessions.py     how long a session lasts, and how many there are
addresses.py    from where somebody asks
"""
