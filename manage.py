#!/usr/bin/env python3
"""Django's command line: `./run manage COMMAND` gives it the right services."""

import os
import sys

from django.core.management import execute_from_command_line

OWNERS = {"migrate", "makemigrations", "showmigrations", "bench"}
"""Commands that make tables or databases: the programs' own account may not."""

if __name__ == "__main__":
    if set(sys.argv[1:2]) & OWNERS and os.environ.get("OWNER_DATABASE_URL"):
        os.environ["DATABASE_URL"] = os.environ["OWNER_DATABASE_URL"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agency.settings")
    execute_from_command_line(sys.argv)
