"""Why a task exists: the rule and its lines, what happened, which message told it, and the arithmetic."""

from __future__ import annotations

from datetime import datetime

from pathway_engine.domain.deadlines_text import explain
from pathway_engine.domain.definition import Move, Step, Text
from pathway_engine.domain.directory import Directory
from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.events import Happened
from pathway_engine.domain.raising import CLARIFY, FOLLOW_UP, step_of
from pathway_engine.domain.tasks import Note, Task
from pathway_engine.service.views import Why
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow, LogRow


def why(records: Records, directory: Directory, rules: Rules, episode: Episode, patient_id: str, task: Task) -> Why:
    """Tell it from the definition version, the log and the inbox, as they were kept."""
    step = step_of(rules, task)
    told = _told(records, patient_id, task)
    message = _message(records, told)
    pathway = rules.pathway
    return Why(
        pathway=pathway.id, pathway_version=pathway.version, definition_hash=pathway.hash,
        file=f"{pathway.id}/{pathway.file}",
        lines=_lines(rules, step, task), rule=_rule(rules, step, task), basis=step.basis if step else "",
        event=task.event, event_words=_named(rules, task.event), event_occurred_at=_occurred_at(told), cause=task.cause,
        message="" if message is None else f"{message.channel} {message.message_type} {message.message_id}".strip(),
        message_received_at=message.received_at if message else None,
        arithmetic=_arithmetic(rules, episode, step, task),
        missing_words=tuple(pathway.word(name) for name in task.missing_facts),
        history=tuple((note.at, _line(directory, note)) for note in task.history),
    )  # fmt: skip


def message_of(records: Records, patient_id: str, task: Task) -> InboxRow | None:
    """The message that told what raised *task*, if one did."""
    return _message(records, _told(records, patient_id, task))


def last_change(directory: Directory, task: Task) -> tuple[datetime, str] | None:
    """When the task was last changed and how: a code, then by whom as far as that is known."""
    comments = [Note(comment.at, "commented", comment.by) for comment in task.comments]
    notes = sorted([*task.history, *comments], key=lambda note: note.at)
    return (notes[-1].at, _line(directory, notes[-1])) if notes else None


def _line(directory: Directory, note: Note) -> str:
    """A line of the history: the code first, people by name; what raised the task is told above."""
    if note.what == "raised":
        return note.what
    people = directory.people
    words = [people[word].name if word in people else word for word in note.detail.split(" ")]
    return " ".join([note.what, *words]).strip()


def _held_back(rules: Rules, task: Task) -> tuple[Move, ...]:
    """The moves of the pathway file whose condition asks for what the clarification *task* is to find out."""
    asked = set(task.missing_facts)
    moves = rules.pathway.moves_on(task.event)
    return tuple(move for move in moves if move.condition and not asked.isdisjoint(move.condition.names))


def _lines(rules: Rules, step: Step | None, task: Task) -> tuple[int, int]:
    """First and last line of the rule in the pathway file; (0, 0) where the file has none."""
    if task.step == CLARIFY:
        lines = [move.line for move in _held_back(rules, task)]
        return (min(lines), max(lines)) if lines else (0, 0)
    return step.lines if step else (0, 0)


def _rule(rules: Rules, step: Step | None, task: Task) -> str:
    """The step's start and deadline in the words of the pathway file."""
    if step is None or step.id == CLARIFY:
        conditions = dict.fromkeys(move.condition.source for move in _held_back(rules, task) if move.condition)
        return "; ".join(["a move whose condition is unknown asks a person", *(f"if: {each}" for each in conditions)])
    if step.id == FOLLOW_UP:
        return "an answer that deviates proposes a follow-up; a person wanted it"
    starts = {
        "when_entering": step.when_entering, "when_event": step.when_event, "when_completed": step.when_completed,
    }  # fmt: skip
    said = [f"{key}: {', '.join(names)}" for key, names in starts.items() if names]
    if step.every:
        said.append(f"every: {step.every.amount} {step.every.unit} in {', '.join(step.in_phases)}")
    if step.condition:
        said.append(f"if: {step.condition.source}")
    if step.due:
        said.append(f"due: {step.due.amount} {step.due.unit}" + (f" from: {step.due_from}" if step.due_from else ""))
    return "; ".join(said)


def _told(records: Records, patient_id: str, task: Task) -> LogRow | None:
    """The last entry of the log that told the task's cause."""
    base = task.cause.split("+")[0].split("#")[0]
    rows = [row for row in records.log(patient_id) if isinstance(row.entry, Happened) and row.entry.cause == base]
    return rows[-1] if rows else None


def _message(records: Records, told: LogRow | None) -> InboxRow | None:
    return records.message(told.inbox_id) if told is not None and told.inbox_id is not None else None


def _occurred_at(told: LogRow | None) -> datetime | None:
    return told.entry.occurred_at if told is not None and isinstance(told.entry, Happened) else None


def _arithmetic(rules: Rules, episode: Episode, step: Step | None, task: Task) -> Text | None:
    if step is None or step.due is None:
        return None
    anchor = _named(rules, task.waits_for or task.anchor)
    if task.due_at is None or task.anchor_at is None:
        return Text(f"Fristen begynner å løpe ved {anchor.nb}.", f"The clock starts at {anchor.en}.")
    if task.remaining is not None or any(note.what == "resumed" for note in task.history):
        return Text(
            "Fristen var satt på vent; resten av tiden løper videre.", "The clock was paused; the rest goes on."
        )
    capped = rules.pathway.word(task.capped_by) if task.capped_by else None
    calendar = rules.calendar(episode)
    return explain(task.anchor_at, step.due, task.due_at, calendar, anchor=anchor, capped_by=capped)


def _named(rules: Rules, code: str) -> Text:
    """An event or phase in the pathway's words, a completed step by its title, a recurrence by its own."""
    if code.startswith("deviation "):
        return Text("avvik på sjekklisten", "a deviation on the checklist")
    kind, _, step_id = code.partition(" ")
    step = rules.pathway.steps.get(step_id)
    return step.title if step is not None and kind in {"completed", "every"} else rules.pathway.word(code)
