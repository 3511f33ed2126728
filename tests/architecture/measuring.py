"""What can be measured of the program's files: how many, how long, and who imports whom in a ring."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import grimp

from tests.architecture.source_tree import REPOSITORY, ROOMS, Function, functions_of, program_sources, project_files

LONG_FUNCTION, LONG_FILE = 60, 400
"""What asks for a second look."""


def ring() -> list[str]:
    """Files that import each other in a ring, one such ring, in order; empty where there is none.

    Every import counts, also one inside a function and one that is for the types only.
    """
    graph = grimp.build_graph(*ROOMS, cache_dir=None)
    try:
        TopologicalSorter({each: graph.find_modules_directly_imported_by(each) for each in graph.modules}).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def figures() -> Iterator[str]:
    """The table of docs/architecture.md; what changes with every commit is rounded, so that it says what holds."""
    sources = [path for path in program_sources() if "versions" not in path.parts]
    lengths = [path.read_text("utf-8").count("\n") for path in sources]
    functions = [each for path in sources for each in functions_of(path)]
    middle = statistics.median(each.lines for each in functions)
    longest = max(functions, key=lambda each: each.lines)
    yield "| What | Here | What asks for a second look |"
    yield "|---|---|---|"
    yield f"| Files of the program | about {_rounded(len(sources), 50)} | |"
    yield f"| Functions | about {_rounded(len(functions), 500)} | |"
    yield f"| Lines of a function, in the middle of all | {middle:.0f} | 11 |"
    yield f"| Lines of a file, in the middle of all | about {_rounded(statistics.median(lengths), 10)} | |"
    yield f"| Functions of more than {LONG_FUNCTION} lines | {_over(functions)} | 1 |"
    yield f"| The longest function | `{longest.place.split()[-1]}` in `{longest.place.partition(':')[0]}` | |"
    yield f"| Files of more than {LONG_FILE} lines | {sum(each > LONG_FILE for each in lengths)} | 1 |"
    yield f"| Rings of imports | {1 if ring() else 'none'} | 1 |"
    yield f"| Places where a test replaces a name of the program | about {_rounded(_replaced(), 25)} | |"
    yield f"| Modules that stand in no room of the engine | {_loose()} | |"


def _over(functions: list[Function]) -> str:
    long = sorted(each.place.split()[-1] for each in functions if each.lines > LONG_FUNCTION)
    return f"{len(long)}: {', '.join(f'`{name}`' for name in long)}" if long else "0"


def _loose() -> int:
    return len([each for each in (REPOSITORY / "pathway_engine").glob("*.py") if each.stem != "__init__"])


def _replaced() -> int:
    tests = [path for path in project_files() if path.suffix == ".py" and "tests" in path.parts]
    return sum(path.read_text("utf-8").count(".setattr(") for path in tests)


def _rounded(number: float, to: int) -> int:
    return round(number / to) * to
