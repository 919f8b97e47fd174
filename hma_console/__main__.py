"""`python -m hma_console` is `hma-console`."""

import sys

from hma_console.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
