"""The way in for our scripts and for the containers."""

import sys

from agency.services import Failure, say
from agency.services.commands import main
from agency.services.words import in_words

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        say(str(failure))
        sys.exit(1)
    except OSError as error:
        path = error.filename or in_words("The agency")
        say("{path} cannot be used: {why}.", path=path, why=in_words(error.strerror or str(error)))
        sys.exit(1)
