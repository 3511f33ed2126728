"""Five ways through the code, step by step; a test holds that each step is there and that one before leads to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.architecture.contracts import height_of, heights
from tests.architecture.source_tree import REPOSITORY

AGAIN = (
    "never goes up again", "goes up again once", "goes up again twice", "goes up again three times",
    "goes up again four times", "goes up again five times",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """A function on the way, as ``path::name`` or ``path::Class.name``, and what it does there.

    `called` is the name by which a step before it leads here, where that is not the function's own.
    """

    place: str
    does: str
    called: str = ""

    @property
    def path(self) -> str:
        """Its file."""
        return self.place.partition("::")[0]

    @property
    def name(self) -> str:
        """The function's name, with its class."""
        return self.place.partition("::")[2]

    def source(self) -> str:
        """The text of the function. Raises LookupError when there is none of that name."""
        text = (REPOSITORY / self.path).read_text("utf-8")
        for name, node in _defined(ast.parse(text).body):
            if name == self.name:
                return ast.get_source_segment(text, node) or ""
        raise LookupError(self.place)

    def is_named_in(self, source: str) -> bool:
        """Whether *source* names it."""
        return re.search(rf"\b{self.called or self.name.rpartition('.')[2]}\b", source) is not None


def _defined(body: list[ast.stmt], within: str = "") -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield within + name, node
            case ast.ClassDef(name=name, body=inside):
                yield from _defined(inside, f"{within}{name}.")
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield within + name, node
            case _:
                pass


def turns(road: tuple[Step, ...]) -> int:
    """How often the way goes up again, from a room to one that stands above it."""
    rooms = heights()
    stands = [at for step in road if (at := height_of(step.path, rooms)) is not None]
    return sum(later < earlier for earlier, later in pairwise(stands))


def told() -> str:
    """The roads as they stand in docs/architecture.md."""
    return "\n\n".join(f"### {title}\n\n{_counted(road)}\n\n{_listed(road)}" for title, road in ROADS.items())


def _counted(road: tuple[Step, ...]) -> str:
    files, again = len({step.path for step in road}), turns(road)
    return f"{len(road)} steps in {files} files; the way {AGAIN[again]}."


def _listed(road: tuple[Step, ...]) -> str:
    return "\n".join(f"{number}. `{step.path}`, `{step.name}`: {step.does}" for number, step in enumerate(road, 1))


WORKERS, FHIR, SERVICE, STORAGE, DOMAIN, WEB = (
    f"pathway_engine/{room}" for room in ("workers", "fhir", "service", "storage", "domain", "web")
)
APPLIED = (
    Step(f"{SERVICE}/applying.py::apply", "what is new is added to the patient's log"),
    Step(f"{SERVICE}/applying.py::refresh", "every episode is brought up to now"),
    Step(f"{SERVICE}/applying.py::_short_way", "from where it stands, if that gives what a new fold would give"),
    Step(f"{DOMAIN}/extending.py::extended", "the rules say what follows: phase, tasks, messages, the next instant"),
    Step(f"{SERVICE}/saving.py::save", "what differs from what is stored"),
    Step(f"{SERVICE}/saving.py::_save_progress", "episode, tasks and outgoing messages, row by row"),
    Step(f"{STORAGE}/unit_of_work.py::UnitOfWork.save_tasks", "the lists have the tasks when the commit is done"),
)
ROADS: dict[str, tuple[Step, ...]] = {
    "An ADT message": (
        Step("pathway_engine/transports/mllp.py::_Connection._handled", "a whole frame has come off the wire"),
        Step("pathway_engine/serving/running.py::_listening", "the listener's handler knows the inbox", "handle"),
        Step(f"{WORKERS}/inbox_writer.py::InboxWriter.take", "it waits for the next commit, with those beside it"),
        Step(f"{WORKERS}/inbox_writer.py::InboxWriter._store_all", "a thread makes batches of what waits", "_arrived"),
        Step(f"{WORKERS}/inbox_writer.py::InboxWriter._store", "a batch is stored"),
        Step(f"{SERVICE}/receiving.py::store", "the envelopes are read, and one commit keeps the bytes: the promise"),
        Step(f"{SERVICE}/receiving.py::_store_all", "who was here before is found by sender and id"),
        Step(f"{STORAGE}/inbox.py::InboxRecords.store_messages", "a row each"),
        Step(f"{WORKERS}/inbox_writer.py::InboxWriter._apply_all", "another thread takes what is stored", "_stored"),
        Step(f"{WORKERS}/inbox_writer.py::InboxWriter._apply", "a batch is applied, then answered"),
        Step(f"{SERVICE}/receiving.py::apply_these", "rows that nobody else is at work on"),
        Step(f"{SERVICE}/receiving.py::apply_batch", "each is read, then all are applied in one commit"),
        Step(f"{SERVICE}/receiving.py::_read", "outside the commit, so that nobody waits for a parser"),
        Step(f"{SERVICE}/choosing.py::read_chosen", "for whom a person chose, if one had to"),
        Step("pathway_engine/channels/hl7v2.py::Hl7v2Channel.read", "the family reads it by its sender's settings"),
        Step("adapters/hl7v2/reading.py::read", "bytes become who it is about and what happened"),
        Step(f"{SERVICE}/receiving.py::_applied_together", "the commit; what fails is tried again alone"),
        Step(f"{SERVICE}/receiving.py::_apply_all", "whom the messages are about is locked, and read at once"),
        Step(f"{SERVICE}/receiving.py::_apply_one", "one after the other"),
        Step(f"{SERVICE}/one_message.py::apply_reading", "placed, applied, settled"),
        Step(f"{SERVICE}/placing.py::placed", "the patient is found, or is new"),
        *APPLIED,
    ),
    "A nurse's completion": (
        Step(f"{WEB}/task_pages.py::act_on_task", "the form has come"),
        Step(f"{WEB}/performing.py::perform", "it is read into what is asked for"),
        Step(f"{WEB}/performing.py::outcome_of", "the service is asked; a refusal becomes a correction on the page"),
        Step(f"{SERVICE}/engine.py::Engine.act", "one commit"),
        Step(f"{SERVICE}/acting.py::act", "may he or she, does the task allow it, are the answers whole"),
        *APPLIED,
    ),
    "An outgoing PLO message": (
        Step(f"{WORKERS}/relay.py::Relay.turn", "the relay looks whether one is due"),
        Step(f"{SERVICE}/sending.py::send_next", "one commit claims it, another notes what became of it"),
        Step(f"{STORAGE}/outbox.py::OutboxRecords.claim_outgoing", "the one that is due; each patient's in order"),
        Step(f"{SERVICE}/sending.py::_handed_over", "between the commits it is written and handed over"),
        Step(f"{SERVICE}/sending.py::_letter", "its writer is found, and asked"),
        Step(
            "pathway_engine/channels/norwegian_writer.py::NorwegianWriter.write", "from whom, to whom, in which version"
        ),
        Step("adapters/norwegian/messages.py::write_message", "records become bytes"),
        Step("pathway_engine/transports/message_service.py::MessageServiceTransport.send", "the bytes leave the house"),
        Step(f"{SERVICE}/sending.py::_settle", "sent, refused, or to be tried again"),
    ),
    "A FHIR search": (
        Step(f"{FHIR}/app.py::_answered", "the address and the headers are read"),
        Step(f"{FHIR}/app.py::_in_one_commit", "with its caller, the records and the table it becomes an exchange"),
        Step(f"{FHIR}/routing.py::handle", "may the caller's scopes, and what is put on record"),
        Step(f"{FHIR}/routing.py::_handler", "the table has the handler of the type"),
        Step(f"{FHIR}/routing.py::_search_of", "a type has a search of its own, or is small and looked at whole"),
        Step(f"{FHIR}/searching.py::searcher", "every type is searched by one function, over its own source", "find"),
        Step(f"{FHIR}/searching.py::answered", "what is asked for, page and total"),
        Step(f"{FHIR}/rows.py::Rows.page", "rows are asked for until the page is full"),
        Step(f"{FHIR}/resources/task.py::ROWS", "each type says which rows, and how they are told", "find"),
        Step(f"{STORAGE}/searching.py::SearchRecords.search_tasks", "one statement, cut to the caller's lists"),
        Step(f"{FHIR}/task_rendering.py::tasks_found", "rows become resources"),
        Step(f"{FHIR}/bundles.py::searchset", "the page, with the address of the next"),
    ),
    "A simulated patient": (
        Step("pathway_engine/cli/simulating.py::_with_progress", "the command"),
        Step("simulations/runs.py::simulate", "how many replications, and who works"),
        Step("simulations/runs.py::replicate", "they are spread over the processors"),
        Step("simulations/runs.py::_replications", "the scenario becomes a model of numbers"),
        Step("simulations/runs.py::one_replication", "draw, run, count"),
        Step("simulations/tape.py::draw_tape", "what chance decides of a patient is drawn beforehand"),
        Step("simulations/engine.py::run_tape", "by the compiled loop, or by plain Python"),
        Step("simulations/engine.py::_run", "until nobody waits for a nurse any more, where phases wait for tasks"),
        Step("simulations/engine.py::_plain", "both give the same to the bit"),
        Step("simulations/plain_events.py::run_events", "beds and queues, event after event"),
        Step("simulations/figures.py::count_figures", "waits, stays and occupancy are counted"),
        Step("simulations/runs.py::gathered", "the replications together, with their doubt"),
    ),
}
