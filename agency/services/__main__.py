"""The way in for our scripts and for the containers."""

import sys

from agency.services import Failure, say
from agency.services.commands import main

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        say(str(failure))
        sys.exit(1)
    except OSError as error:
        say(f"{error.filename or 'The agency'} cannot be used: {error.strerror}.")
        sys.exit(1)
