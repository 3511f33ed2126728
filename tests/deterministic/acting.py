"""What people do in a run: they act on their lists, now and then twice, late, or both at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pathway_engine.domain.events import Act
from pathway_engine.service.views import TaskView
from tests.deterministic import staff
from tests.deterministic.chance import stream
from tests.deterministic.community import UNITS_AFTER, UNITS_BEFORE, seats_of
from tests.deterministic.ledger import Done, Ledger, check
from tests.deterministic.plan import Plan
from tests.deterministic.service import TENANT, Crash, Service
from tests.deterministic.watch import Watch

Result = str


@dataclass
class Acting:
    """Everybody who acts; *survived* begins the program anew when it dies in an act."""

    plan: Plan
    service: Service
    ledger: Ledger
    watch: Watch
    survived: Callable[[Callable[[], Result]], Result]
    remembered: dict[str, TaskView] = field(default_factory=dict)

    def act(self, number: int) -> Result:
        chance = stream(self.plan.seed, "act", number)
        seats = seats_of(UNITS_AFTER if self.watch.is_reorganised else UNITS_BEFORE)
        person, role = chance.choice(seats)
        return f"{person} " + self.survived(lambda: self._acted(number, person, role))

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
            self.watch.look(self._patient_of(told.task_id), self.service.now)

    def _book_act(self, told: staff.Order, taken: bool) -> None:
        if taken and told.entry not in self.ledger.done:
            patient_id = self._patient_of(told.task_id)
            self.ledger.done[told.entry] = Done(self.watch.person_of(patient_id), told.task_id)

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
