"""``python -m server``: the same as ``plumbline``."""

import sys

from server.cli import main

sys.exit(main())
