"""Where the time of the HPH job goes: the profile that says why a ratio is what it is."""

from __future__ import annotations

import cProfile
import pstats
from collections import Counter
from collections.abc import Mapping

from tests.bench.job.ours import Ours
from tests.bench.report import Table
from tests.bench.spiff_environment import REPOSITORY

WARM_UP = 3
COMMIT = "waiting for a commit"
DATABASE = "statements in the database and its driver"
ELSEWHERE = "Python itself and other libraries"
ENCODING = "encoding of states"
FILES: Mapping[str, str] = {
    "/sqlalchemy/": "SQLAlchemy", "/pathway_engine/domain/": "the rules (`domain`)",
    "/pathway_engine/service/": "use cases (`service`)", "/pathway_engine/storage/": "rows and statements (`storage`)",
    "/psycopg": DATABASE,
}  # fmt: skip
COMPILED: Mapping[str, str] = {
    "commit": COMMIT, "fsync": COMMIT, "sqlite3.": DATABASE, "psycopg": DATABASE, "msgspec": ENCODING,
}  # fmt: skip
"""Compiled functions have no file; their names tell."""


def shares(kind: str, url: str, patients: int) -> Table:
    """Do the job once under Python's profiler; return the shares of time by place, the largest first."""
    ours = Ours(url, batched=True)
    for work in ours.rounds(range(1, WARM_UP + 1)):
        work()
    profile = cProfile.Profile()
    for work in ours.rounds(range(WARM_UP + 1, WARM_UP + 1 + patients)):
        profile.enable()
        work()
        profile.disable()
    ours.close()
    spent = by_place(pstats.Stats(profile))
    whole = sum(spent.values())
    rows: list[tuple[str, ...]] = [(place, f"{100 * seconds / whole:.0f} %") for place, seconds in spent.most_common()]
    return Table((f"{kind}: where ours, gathered, spends its time", "share"), rows)


def by_place(stats: pstats.Stats) -> Counter[str]:
    """The seconds of each place: each function's own time, without that of what it calls."""
    spent: Counter[str] = Counter()
    for (file, _, name), (_, _, own, *_) in stats.stats.items():  # type: ignore[attr-defined]
        spent[place_of(file, name)] += own
    return spent


def place_of(file: str, name: str) -> str:
    """Which place a function of *file* belongs to; `~` is the file of those that are compiled."""
    told, places = (name, COMPILED) if file == "~" else (file.removeprefix(str(REPOSITORY)), FILES)
    return next((place for part, place in places.items() if part in told), ELSEWHERE)
