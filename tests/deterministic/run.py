"""One run: take what comes up in time order, a step each, and look after every step whether all still holds."""

from __future__ import annotations

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from time import process_time

from pathway_engine.domain.directory import Directories
from pathway_engine.domain.events import Act
from pathway_engine.service import rebuilding, running_again
from pathway_engine.service.receiving import Received
from pathway_engine.service.views import TaskView
from tests.deterministic import invariants, post, staff
from tests.deterministic.chance import minutes, stream
from tests.deterministic.checkpoint import check_everything
from tests.deterministic.community import UNITS_AFTER, UNITS_BEFORE, directories, seats_of
from tests.deterministic.ledger import Done, Ledger, check
from tests.deterministic.letters import JOURNAL_CHANNEL, Letter
from tests.deterministic.plan import Kind, Moment, Plan
from tests.deterministic.post import Attempt, Post
from tests.deterministic.promises import check_promises
from tests.deterministic.service import TENANT, Crash, Service, empty_database
from tests.deterministic.twin import Compared, compare

Result = str
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
    promises_looked_at: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def __post_init__(self) -> None:
        empty_database(self.file)
        self.reorganised_at: datetime | None = None
        self.version_since: datetime | None = None
        self.service = Service(self.file, self._directories, self.plan.begin)
        self.service.open()
        self.post = Post(self.plan.seed, self.plan.size.faults)
        self.people = {each.number: each for each in self.plan.people}
        self.applied: set[str] = set()
        self.owners: dict[str, int] = {}
        self.batch: list[Attempt] = []
        self.remembered: dict[str, TaskView] = {}
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
        with self.timed("looking each week"):
            check_everything(self)
        left = self.service.looking.execute("SELECT DISTINCT disposition FROM inbox WHERE NOT conflict").fetchall()
        check({row[0] for row in left} <= {"applied", "dead"}, "in the end everything is placed", left)
        with self.timed("twin without faults"):
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
                return self._checkpoint()
            case _:
                return self._act(moment.number)

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
            self._look_at_letter(letter)
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
        self._look_at_inbox_row(received.inbox_id)
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
            self.look_at_applied()
        if not result.startswith("crash"):
            for patient_id in concerned:
                self._look(patient_id, now)
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
        self.reorganised_at = self.service.now
        self.service.fuse.left = None
        self.service.begin_anew()
        rebuilding.rebuild(self.service.engine.context, self.service.now, check=False)
        self.look_at_everybody()
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
        self.look_at_applied()
        return f"{number}:{after.disposition}"

    # -- people

    def _act(self, number: int) -> Result:
        chance = stream(self.plan.seed, "act", number)
        seats = seats_of(UNITS_AFTER if self.reorganised_at else UNITS_BEFORE)
        person, role = chance.choice(seats)
        return f"{person} " + self._survived(lambda: self._acted(number, person, role))

    def _acted(self, number: int, person: str, role: str) -> Result:
        chance = stream(self.plan.seed, "act", number, person)
        service, faults = self.service, self.plan.size.faults
        who = service.engine.principal(person, role)
        assert who is not None, person
        views = service.engine.worklist(who, service.now)
        if not views:
            return "has nothing to do"
        view = staff.chosen(chance, views)
        old = self.remembered.get(person)
        self.remembered[person] = view
        is_old = old is not None and "stale-version" in faults and chance.random() < 0.2
        if is_old and old is not None and any(each.id == old.id for each in views):
            view = old
            self.ledger.faults["old-view"] += 1
        told = staff.order(chance, service, who, view, f"k{number}")
        result = self._carried_out(told, may_be_old=is_old)
        if "act-again" in faults and chance.random() < 0.2:
            self.ledger.faults["act-again"] += 1
            result += f", again {self._carried_out(told, may_be_old=is_old)}"
        if "stale-version" in faults and chance.random() < 0.2:
            self.ledger.faults["rival"] += 1
            result += f", rival {self._carried_out(self._rival(told), may_be_old=True)}"
        return result

    def _rival(self, told: staff.Order) -> staff.Order:
        """A colleague on the same seat who saw the same version, and comments on it."""
        ((unit, role),) = told.who.seats
        colleague = self.service.engine.principal(f"{unit}-{role}-{3 - int(told.who.person[-1])}", role)
        assert colleague is not None, told.who.person
        return replace(told, who=colleague, act=Act.COMMENT, key=f"{told.key}-rival", more={"comment": "Også jeg"})

    def _carried_out(self, told: staff.Order, *, may_be_old: bool) -> Result:
        """Send an order, again if the program dies, and see that it was taken once or refused rightly."""
        before = self._version_of(told.task_id)
        known = told.entry in self.ledger.done
        try:
            result = self.service.until_death(lambda: staff.sent(self.service, told))
        except Crash as crash:
            self.ledger.faults[f"crash {crash}"] += 1
            self.service.begin_anew()
            known = self._is_logged(told.entry)
            self._book_act(told, known)
            result = f"crash at {crash}, then {staff.sent(self.service, told)}"
        self._check_act(told, result, before, known=known, may_be_old=may_be_old)
        return f"{told.act} {result}"

    def _check_act(self, told: staff.Order, result: Result, before: int, *, known: bool, may_be_old: bool) -> None:
        taken = result.endswith("done")
        check(not known or taken, "the same act again is answered as the first time", (told.entry, result))
        check(not taken or known or told.version == before, "an act on an old version is refused", (told.entry, result))
        check(may_be_old or not result.endswith("VersionConflict"), "who has seen the newest may act", told.entry)
        check(self._is_logged(told.entry) == taken or known, "an act is kept if and only if it is answered", told.entry)
        self._book_act(told, taken)
        if taken and not known:
            self._look(self._patient_of(told.task_id), self.service.now)

    def _book_act(self, told: staff.Order, taken: bool) -> None:
        if taken and told.entry not in self.ledger.done:
            patient_id = self._patient_of(told.task_id)
            self.ledger.done[told.entry] = Done(self.person_of(patient_id), told.task_id)

    def _version_of(self, task_id: str) -> int:
        found = self.service.looking.execute("SELECT version FROM task WHERE tenant = ? AND id = ?", (TENANT, task_id))
        return int(found.fetchone()[0])

    def _patient_of(self, task_id: str) -> str:
        found = self.service.looking.execute(
            "SELECT patient_id FROM task WHERE tenant = ? AND id = ?", (TENANT, task_id)
        )
        return str(found.fetchone()[0])

    def _is_logged(self, entry: str) -> bool:
        found = self.service.looking.execute(
            "SELECT count(*) FROM log WHERE tenant = ? AND entry_id = ?", (TENANT, entry)
        )
        rows = found.fetchone()[0]
        check(rows <= 1, "an act is taken once", (entry, rows))
        return bool(rows)

    # -- looking

    def _look(self, patient_id: str, now: datetime) -> None:
        """Look at a patient who has just been brought up to *now*."""
        began = process_time()
        found = invariants.patient(self.service, patient_id)
        told_up_to = max(now, self.service.true_now)
        invariants.check_patient(found, self.ledger, now, told_up_to, self.reorganised_at is not None)
        person = self.person_of(patient_id)
        if len(self.records_of(person)) == 1:
            letters = [letter for letter in self.people[person].letters if letter.id in self.applied]
            told = [tell for letter in letters for tell in letter.tells]
            self.promises_looked_at += check_promises(found, told, now)
        self.seconds["looking after each step"] += process_time() - began

    def _look_at_letter(self, letter: Letter) -> None:
        rows = self.service.looking.execute(
            "SELECT id, conflict FROM inbox WHERE tenant = ? AND message_id = ? AND conflict = ?",
            (TENANT, letter.id, letter.fate == "rejected"),
        ).fetchall()
        check(len(rows) <= 1, "a message is kept once", (letter.id, rows))
        for number, _ in rows:
            self._look_at_inbox_row(number)

    def _look_at_inbox_row(self, number: int) -> None:
        """What has been applied this very moment has brought its patient up to now."""
        message_id, patient_id, disposition, at, has_entries = self.service.looking.execute(
            "SELECT message_id, patient_id, disposition, disposed_at,"
            " EXISTS (SELECT 1 FROM log WHERE inbox_id = inbox.id) FROM inbox WHERE id = ?",
            (number,),
        ).fetchone()
        if disposition == "applied" and message_id not in self.applied:
            self.applied.add(message_id)
            if has_entries and invariants.instant(at) == self.service.now:
                self._look(patient_id, self.service.now)

    def look_at_applied(self) -> None:
        """Notice what a sweep has applied."""
        rows = self.service.looking.execute("SELECT message_id FROM inbox WHERE disposition = 'applied'")
        self.applied.update(row[0] for row in rows)

    def look_at_everybody(self) -> None:
        """Look at all patients; all must have been brought up to now."""
        self.look_at_applied()
        for number in self.people:
            for patient_id in self.records_of(number):
                self._look(patient_id, self.service.now)

    def records_in(self, service: Service, person: int) -> list[str]:
        """The records that a person has in *service*: two before a merge."""
        locals_ = (f"F{100000 + person}", f"T{100000 + person}")
        return invariants.patients_of_person(service, self.people[person].card.national, locals_)

    def records_of(self, person: int) -> list[str]:
        """The records that a person has in the service under test."""
        found = self.records_in(self.service, person)
        self.owners.update(dict.fromkeys(found, person))
        return found

    def person_of(self, patient_id: str) -> int:
        """Whose record it is, or was before a merge."""
        if patient_id not in self.owners:
            for number in self.people:
                self.records_of(number)
        check(patient_id in self.owners, "every record is somebody's", patient_id)
        return self.owners[patient_id]

    def _checkpoint(self) -> Result:
        with self.timed("looking each week"):
            return self._survived(lambda: check_everything(self))

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Count the CPU time of something."""
        began = process_time()
        yield
        self.seconds[what] += process_time() - began
