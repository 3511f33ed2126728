"""Many who do something to one task at the same instant, through one program or several on the same database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any, TypeVar

from pathway_engine.domain.errors import TaskError, VersionConflict
from pathway_engine.domain.events import Act, Acted
from pathway_engine.service.engine import Engine
from pathway_engine.service.views import TaskDetail
from tests.service.community import Community

PEOPLE = ("kari", "ola")
WAIT_SECONDS = 120
T = TypeVar("T")
Outcome = TaskDetail | TaskError


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """Do all *works* in threads that begin together; return what each gave."""
    barrier = Barrier(len(works), timeout=WAIT_SECONDS)

    def begun(work: Callable[[], T]) -> T:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begun, works, timeout=WAIT_SECONDS))


def programs(community: Community, number: int) -> list[Engine]:
    """So many engines over the community's database, as programs that know nothing of each other; close them."""
    made = []
    for _ in range(number):
        other = Community(community.url, now=community.now)
        made.append(other.engine)
    return made


def close(engines: Sequence[Engine]) -> None:
    """Close the engines' connections."""
    for engine in engines:
        engine.context.store.close()


def tried(community: Community, engine: Engine, person: str, act: Act, **told: Any) -> Outcome:
    """Let *person* act on a task; a refusal comes back as the error that it is."""
    told.setdefault("now", community.now)
    try:
        return engine.act(community.who(person), told.pop("task_id"), act, **told)
    except TaskError as error:
        return error


def contest(community: Community, engines: Sequence[Engine], writers: int, act: Act, **told: Any) -> list[str]:
    """Let *writers* do *act* to the nurse's visit at once, having seen the same version; return what was wrong."""
    community.now += timedelta(minutes=1)
    seen, before = community.list_of("kari")["HPH2"], acts_of(community)
    works = [
        lambda number=number: tried(
            community, engines[number % len(engines)], PEOPLE[number % len(PEOPLE)], act,
            task_id=seen.id, version=seen.version, key=f"{act}-{seen.version}-{number}", **told,
        )
        for number in range(writers)
    ]  # fmt: skip
    outcomes = at_once(works)
    winners = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, TaskDetail)]
    losers = [outcome for outcome in outcomes if not isinstance(outcome, TaskDetail)]
    if len(winners) != 1:
        return [f"{len(winners)} of {writers} won: {Counter(type(error).__name__ for error in losers)}"]
    name = community.who(PEOPLE[winners[0] % len(PEOPLE)]).name
    wrong = {
        "somebody lost otherwise than by the version": any(type(error) is not VersionConflict for error in losers),
        "a loser is not told who won": any(name not in str(error) for error in losers),
        "the log has not one act more": acts_of(community) != before + 1,
        "the version did not rise by one": version_of(community, seen.id) != seen.version + 1,
    }
    return [what for what, is_so in wrong.items() if is_so]


def storm(community: Community, engines: Sequence[Engine], senders: int, act: Act, **told: Any) -> list[str]:
    """Let one person's one request come *senders* times at once, and once more later; return what was wrong."""
    seen, before = community.list_of("kari")["HPH2"], acts_of(community)
    request = {"task_id": seen.id, "version": seen.version, "key": f"storm-{act}-{seen.version}", **told}
    works = [
        lambda number=number: tried(community, engines[number % len(engines)], "kari", act, **request)
        for number in range(senders)
    ]
    outcomes = [*at_once(works), tried(community, engines[-1], "kari", act, **request)]
    refused = Counter(type(outcome).__name__ for outcome in outcomes if not isinstance(outcome, TaskDetail))
    versions = {outcome.task.version for outcome in outcomes if isinstance(outcome, TaskDetail)}
    wrong = {
        f"a retry was refused: {refused}": bool(refused),
        "the log has not one act more": acts_of(community) != before + 1,
        "the retries were not shown the first one's result": versions != {seen.version + 1},
    }
    return [what for what, is_so in wrong.items() if is_so]


def acts_of(community: Community) -> int:
    """How many acts of people are in all logs."""
    with community.engine.context.store.reading() as records:
        patients = records.patients_with_entries()
        return sum(isinstance(row.entry, Acted) for patient in patients for row in records.log(patient))


def version_of(community: Community, task_id: str) -> int:
    """The version that a task has now."""
    with community.engine.context.store.reading() as records:
        row = records.task(task_id)
    assert row is not None
    return row.version
