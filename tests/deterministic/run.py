"""One run: take what comes up in time order, a step each, and look after every step whether all still holds."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from pathway_engine.domain.directory import Directories
from pathway_engine.service import rebuilding, running_again
from pathway_engine.service.receiving import Received
from tests.deterministic import invariants, post
from tests.deterministic.acting import Acting
from tests.deterministic.chance import minutes, stream
from tests.deterministic.checkpoint import check_everything
from tests.deterministic.community import directories
from tests.deterministic.ledger import Ledger, check
from tests.deterministic.letters import JOURNAL_CHANNEL, Letter
from tests.deterministic.plan import Kind, Moment, Plan
from tests.deterministic.post import Attempt, Post
from tests.deterministic.service import Crash, Service, empty_database
from tests.deterministic.twin import Compared, compare
from tests.deterministic.watch import Watch

Result = str
FOLDED_EACH = 4
"""Every fourth weekly look folds the logs anew."""
PATIENCE = 12
"""So often a sender tries; by then only a person can help."""

Thing = Attempt | Received | Moment


@dataclass
class Run:
    """A world that is being lived through; `trace` has a line for every step."""

    plan: Plan
    file: Path
    until_step: int | None = None
    ledger: Ledger = field(default_factory=Ledger)
    trace: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        empty_database(self.file)
        self.reorganised_at: datetime | None = None
        self.version_since: datetime | None = None
        self.service = Service(self.file, self._directories, self.plan.begin)
        self.service.open()
        self.post = Post(self.plan.seed, self.plan.size.faults)
        self.people = {each.number: each for each in self.plan.people}
        self.watch = Watch(self.service, self.ledger, self.people)
        self.acting = Acting(self.plan, self.service, self.ledger, self.watch, self._survived)
        self.batch: list[Attempt] = []
        self.paused_until = self.plan.begin
        self.numbers = count()
        self.queue: list[tuple[datetime, int, int, Thing]] = []
        for moment in self.plan.moments:
            self._put(moment.at, moment.kind, moment)
        for letter in self.plan.letters:
            for at, attempt in self.post.first_attempts(letter):
                self._put(at, Kind.LETTER, attempt)
        self.ledger.heard_of(self.service.now)

    def _directories(self) -> Directories:
        return directories(self.reorganised_at)

    def _put(self, at: datetime, kind: Kind, thing: Thing) -> None:
        heapq.heappush(self.queue, (at, list(Kind).index(kind), next(self.numbers), thing))

    @property
    def digest(self) -> str:
        """The whole trace in one word: two runs of one seed have the same."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()[:16]

    @property
    def steps(self) -> int:
        """How many steps have been taken."""
        return len(self.trace)

    # -- the loop

    def live(self) -> None:
        """Take every step; raise Broken at the first that leaves something wrong."""
        while self.queue and (self.until_step is None or self.steps < self.until_step):
            at, kind, _, thing = heapq.heappop(self.queue)
            self.service.true_now = max(at, self.service.true_now)
            self._step(list(Kind)[kind], thing)

    def settle(self) -> Compared:
        """Deliver all that is outstanding, put the clock right, sweep, look, and compare with the untroubled twin."""
        self.service.fuse.left, self.service.offset = None, timedelta()
        self.service.true_now = max(self.service.true_now, self.plan.end) + timedelta(days=2)
        self.paused_until = self.service.true_now
        self.ledger.heard_of(self.service.now + timedelta(hours=6))
        self.trace.append(f"{self.steps} {self.service.true_now:%Y-%m-%d %H:%M} settled")
        self._stragglers()
        with self.watch.timed("looking each week"):
            check_everything(self, folded=True)
        left = self.service.looking.execute("SELECT DISTINCT disposition FROM inbox WHERE NOT conflict").fetchall()
        check({row[0] for row in left} <= {"applied", "dead"}, "in the end everything is placed", left)
        with self.watch.timed("twin without faults"):
            compared = compare(self, self.file.with_suffix(".twin"), self.service.true_now)
        self.trace[-1] += f" {compared}"
        return compared

    def _stragglers(self) -> None:
        """What was still to come arrives; what could not be placed is run again; poison is given up."""
        if self.batch:
            self._booked(self._left_over())
        for _ in range(6):
            self.service.heartbeat.sweep()
            self._operator()
            self.service.true_now += timedelta(hours=1)

    def _left_over(self) -> list[Attempt]:
        batch, self.batch = self.batch, []
        kept = post.stored_together(self.service, [attempt.letter for attempt in batch])
        for received in kept:
            post.applied_later(self.service, received)
        return [replace(attempt, number=100) for attempt in batch]

    def end(self) -> None:
        """Close the files."""
        self.service.end()
        self.service.looking.close()

    def _step(self, kind: Kind, thing: Thing) -> None:
        self.ledger.steps[kind] += 1
        line = f"{self.steps} {self.service.true_now:%Y-%m-%d %H:%M} {kind}"
        self.trace.append(line)
        result = self._taken(kind, thing)
        self.trace[-1] = f"{line} {result}"

    def _taken(self, kind: Kind, thing: Thing) -> Result:
        self.ledger.heard_of(self.service.now)
        match thing:
            case Attempt():
                return self._letter(thing)
            case Received():
                return self._apply(thing)
            case Moment():
                return self._moment(kind, thing)

    def _moment(self, kind: Kind, moment: Moment) -> Result:
        chance = stream(self.plan.seed, kind, moment.number)
        match kind:
            case Kind.SWEEP:
                return self._sweep()
            case Kind.CRASH:
                self.service.fuse.left = chance.choice((1, 2, 5, 10, 20, 40, 80)) + chance.randint(0, 9)
                return f"at {self.service.fuse.left}"
            case Kind.CLOCK:
                return self._clock_steps(chance.choice((-60, -60, 60, 60, -7, 7, 0)))
            case Kind.PAUSE:
                return self._pause(minutes(chance, *chance.choice(((2, 12), (12, 72), (72, 720)))))
            case Kind.REORGANISATION:
                return self._reorganised()
            case Kind.NEW_VERSION:
                return self._new_version()
            case Kind.OPERATOR:
                return self._operator()
            case Kind.CHECKPOINT:
                return self._checkpoint(folded=moment.number % FOLDED_EACH == 0)
            case _:
                return self.acting.act(moment.number)

    def _survived(self, work: Callable[[], Result]) -> Result:
        """Do *work*; if the program dies in it, begin anew."""
        try:
            return self.service.until_death(work)
        except Crash as crash:
            self.ledger.faults[f"crash {crash}"] += 1
            self.service.begin_anew()
            return f"crash at {crash}"

    # -- letters

    def _letter(self, attempt: Attempt) -> Result:
        letter = attempt.letter
        name = f"{letter.kind} {letter.id} #{attempt.number}"
        if not attempt.arrives:
            self.ledger.faults["drop"] += 1
            self._again(attempt)
            return f"{name} dropped"
        if letter.fate == "rejected" and letter.id not in self.ledger.promised:
            return f"{name} is not written"
        if attempt.number == 0 and self.service.true_now - letter.sent_at > timedelta(minutes=6):
            self.ledger.faults["delay"] += 1
        if attempt.number >= 100:
            self.ledger.faults["duplicate" if attempt.number == 100 else "id-reused"] += 1
        self._heard(letter)
        if attempt.goes_in_a_batch and not self.batch:
            self.batch.append(attempt)
            return f"{name} waits for others"
        batch, self.batch = [*self.batch, attempt], []
        if len(batch) > 1 or letter.channel == JOURNAL_CHANNEL:
            return f"{name} " + self._survived(lambda: self._stored_together(batch)) + self._booked(batch)
        return f"{name} " + self._survived(lambda: self._at_once(attempt)) + self._booked(batch)

    def _heard(self, letter: Letter) -> None:
        for tell in letter.tells:
            self.ledger.heard_of(max(tell.at, tell.recorded))

    def _again(self, attempt: Attempt) -> None:
        number = attempt.number + 1
        at = self.service.true_now + post.RETRIES * min(number, 20)
        self._put(at, Kind.LETTER, self.post.attempt(attempt.letter, number))

    def _at_once(self, attempt: Attempt) -> Result:
        received = post.received_at_once(self.service, attempt.letter)
        self._answered(attempt, received.answer)
        return f"{received.outcome} {received.disposition}"

    def _stored_together(self, batch: list[Attempt]) -> Result:
        kept = post.stored_together(self.service, [attempt.letter for attempt in batch])
        for attempt, received in zip(batch, kept, strict=True):
            if received.disposition is None:
                later = minutes(stream(self.plan.seed, "later", attempt.letter.id), 0, 0.2)
                self._put(self.service.true_now + later, Kind.APPLY, received)
            if received.disposition == "rejected":
                self._answered(attempt, received.answer)
            elif attempt.letter.channel == JOURNAL_CHANNEL:
                self._answered(attempt, post.answer_when_stored(self.service, received))
            elif received.answer:
                self._answered(attempt, received.answer)
        return "stored " + " ".join(f"{received.inbox_id}:{received.outcome}" for received in kept)

    def _answered(self, attempt: Attempt, answer: bytes | None) -> None:
        if attempt.letter.fate == "rejected":
            check(not post.promises(attempt.letter, answer), "a used id is refused", attempt.letter.id)
        elif not attempt.answer_arrives:
            self.ledger.faults["lost-answer"] += 1
        elif post.promises(attempt.letter, answer):
            self.ledger.promised[attempt.letter.id] = attempt.letter

    def _booked(self, batch: list[Attempt]) -> Result:
        """After an attempt: count what was stored, send again what has no answer, and look."""
        self._count_stored(len(batch))
        for attempt in batch:
            letter = attempt.letter
            if letter.fate == "applied" and letter.id not in self.ledger.promised and attempt.number < PATIENCE:
                self._again(attempt)
            self.watch.look_at_letter(letter)
        return ""

    def _count_stored(self, at_most: int) -> None:
        """All of a batch is stored, or nothing."""
        rows, again = self.service.looking.execute(
            "SELECT count(*), coalesce(sum(duplicates), 0) FROM inbox"
        ).fetchone()
        grown = rows + again - self.ledger.stored
        check(grown in (0, at_most), "received is the sum of what became of it", (grown, at_most))
        self.ledger.stored = rows + again

    def _apply(self, received: Received) -> Result:
        def work() -> Result:
            after = post.applied_later(self.service, received)
            return f"{received.inbox_id} {after.disposition}"

        result = self._survived(work)
        self.watch.look_at_inbox_row(received.inbox_id)
        return result

    # -- the service's own troubles

    def _sweep(self) -> Result:
        if self.service.true_now < self.paused_until:
            return "paused"
        now = self.service.now
        waiting = self.service.looking.execute("SELECT count(*) FROM inbox WHERE disposition IS NULL").fetchone()[0]
        concerned = invariants.due_patients(self.service, now)

        def work() -> Result:
            check(self._swept(), "a sweep goes well")
            invariants.check_heartbeat(self.service, now)
            return f"{len(concerned)} due {waiting} waiting"

        result = self._survived(work)
        if waiting:
            self.watch.look_at_applied()
        if not result.startswith("crash"):
            for patient_id in concerned:
                self.watch.look(patient_id, now)
        return result

    def _swept(self) -> bool:
        return self.service.until_death(self.service.heartbeat.sweep)

    def _clock_steps(self, minutes_: int) -> Result:
        self.ledger.faults["clock"] += 1
        self.service.offset = timedelta(minutes=minutes_)
        return f"is {minutes_} minutes off"

    def _pause(self, length: timedelta) -> Result:
        self.ledger.faults["pause"] += 1
        self.paused_until = self.service.true_now + length
        return f"for {length}"

    def _reorganised(self) -> Result:
        """Import the new directory, start again, and write the lists again, as the operator's guide says."""
        self.ledger.faults["reorganisation"] += 1
        self.reorganised_at, self.watch.is_reorganised = self.service.now, True
        self.service.fuse.left = None
        self.service.begin_anew()
        rebuilding.rebuild(self.service.engine.context, self.service.now, check=False)
        self.watch.look_at_everybody()
        return ""

    def _new_version(self) -> Result:
        self.ledger.faults["new-version"] += 1
        self.service.version, self.version_since = 1, self.service.true_now
        self.service.fuse.left = None
        self.service.begin_anew()
        return ""

    def _operator(self) -> Result:
        """Somebody looks at what could not be placed and runs it again, and now and then something else."""
        rows = self.service.looking.execute(
            "SELECT id FROM inbox WHERE disposition = 'unplaced' ORDER BY id"
        ).fetchall()
        chance = stream(self.plan.seed, "operator", self.steps)
        applied = self.service.looking.execute(
            "SELECT id FROM inbox WHERE disposition = 'applied' ORDER BY id"
        ).fetchall()
        if applied and chance.random() < 0.3:
            rows = [*rows, chance.choice(applied)]
            self.ledger.faults["run-again"] += 1
        results = [self._survived(lambda number=number: self._run_again(number)) for (number,) in rows]  # type: ignore[misc]
        return " ".join(results)

    def _run_again(self, number: int) -> Result:
        after = running_again.run_again(self.service.engine.context, number, "operator", self.service.now)
        self.watch.look_at_applied()
        return f"{number}:{after.disposition}"

    def _checkpoint(self, *, folded: bool) -> Result:
        with self.watch.timed("looking each week"):
            return self._survived(lambda: check_everything(self, folded=folded))
