"""Write the golden logs of a new release: python -m tests.golden 0.2.0; those of an old one are never written again."""

from __future__ import annotations

import argparse
import sys

from pathway_engine import __version__
from tests.golden.logs import releases, write_release
from tests.golden.writing import made_release
from tests.migrations.databases import SqliteDatabases, folder_in_memory


def main(words: list[str]) -> int:
    """Do what the command line asks; return the exit code."""
    told = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    told.add_argument("version", help="the version that is to be released")
    version = told.parse_args(words).version
    if version in releases():
        print(f"{version} has its golden logs; what once followed is not written anew")
        return 1
    if version != __version__:
        print(f"this program is {__version__}; its own version would be right")
        return 1
    with folder_in_memory() as folder:
        release = made_release(SqliteDatabases(folder).empty())
    print(f"{len(release.logs)} logs in {write_release(release)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
