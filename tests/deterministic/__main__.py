"""Live through many simulated worlds and print what was seen; exit 1 at the first thing that cannot be."""

from __future__ import annotations

import sys

from tests.deterministic.program import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
