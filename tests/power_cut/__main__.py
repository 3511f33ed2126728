"""Cut the power under SQLite many times and count what was acknowledged and is gone; exit 1 if anything is."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.crash_points.databases import memory
from tests.power_cut.trial import Machine


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.power_cut", description=__doc__)
    parser.add_argument("--cuts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--synchronous", default="", choices=("", "FULL", "NORMAL", "OFF"),
        help="instead of what the program asks SQLite for: NORMAL and OFF lose, to see that the loss is seen",
    )  # fmt: skip
    asked, began = parser.parse_args(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pathway-power-", dir=memory()) as folder:
        figures = Machine(Path(folder), asked.seed, synchronous=asked.synchronous).cut(asked.cuts)
    for word in figures.words[:20]:
        print(word)
    print(f"SQLite, synchronous={asked.synchronous or 'as the program has it'}: {figures}, "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip
    return 0 if figures.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
