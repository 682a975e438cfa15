"""``python -m app``."""

import sys

from app.bootstrap import main

sys.exit(main(sys.argv[1:]))
