"""Steps, moves and enrolments as a pathway file writes them."""

from __future__ import annotations

from collections.abc import Mapping

from pathway_engine.domain.definition import (
    Announcement,
    Enrolment,
    Escalation,
    Leaving,
    Move,
    Sends,
    Severity,
    Source,
    Step,
    WhileOpen,
)
from pathway_engine.domain.facts import FactType
from pathway_engine.language.facts import read_condition
from pathway_engine.language.findings import shown
from pathway_engine.language.form import Form, Report, name_of, text_of
from pathway_engine.language.schema import LEAVINGS, SEVERITIES
from pathway_engine.language.vocabulary import MESSAGES, one_of
from pathway_engine.language.yaml_reader import Node, Scalar, Table

Facts = Mapping[str, FactType] | None
OTHERWISE = "otherwise"


def read_enrolment(form: Form, facts: Facts) -> Enrolment:
    """Return what opens an episode."""
    return Enrolment(
        form.name("event"),
        read_condition(form, "if", facts),
        form.optional_name("begins_in"),
        form.table.line,
    )


def read_move(form: Form, facts: Facts) -> Move:
    """Return one move."""
    clarify = form.name("clarify") or "message_responsible"
    return Move(
        form.name("event"),
        form.names("from"),
        form.name("to"),
        read_condition(form, "if", facts),
        clarify,
        form.choice("stay", ("new",)) == "new",
        form.table.line,
    )


def read_step(name: Scalar, node: Node, facts: Facts, report: Report) -> Step:
    """Return one step, noting all that is wrong in it."""
    form = Form(node, "step", report)
    otherwise, by_event = _leaving(form)
    return Step(
        id=name.text, title=form.both("title"), owner=form.name("owner"),
        lines=(name.line, max(node.last_line, name.line)),
        when_entering=form.names("when_entering"), when_event=form.names("when_event"),
        when_completed=form.names("when_completed"), every=form.duration("every"), in_phases=form.names("in"),
        condition=read_condition(form, "if", facts),
        if_unknown=form.choice("if_unknown", ("raise", "skip")) or "raise",
        while_open=WhileOpen(form.choice("while_open", ("keep", "miss")) or "add"),
        due=form.duration("due"), due_from=form.optional_name("from"),
        no_later_than=form.optional_name("no_later_than"), not_before=form.duration("not_before"),
        escalate=tuple(filter(None, map(_escalation, form.forms("escalate", "escalation")))),
        completed_by=form.names("completed_by"), cancelled_by=form.names("cancelled_by"),
        when_leaving=otherwise, when_leaving_by=by_event, checklist=form.optional_name("checklist"),
        sends=_sends(form, facts), severity=Severity(form.choice("severity", SEVERITIES) or "local"),
        basis=form.text("basis"), verified=form.flag("verified", False), hard=form.flag("hard", False),
        valid_from=form.day("valid_from"), valid_to=form.day("valid_to"),
    )  # fmt: skip


def _leaving(form: Form) -> tuple[Leaving, dict[str, Leaving]]:
    node = form.node("when_leaving")
    if not isinstance(node, Table):
        return Leaving(form.choice("when_leaving", LEAVINGS) or "cancel"), {}
    by_event = {name.text: _policy(value, form.report) for name, value in form.named("when_leaving")}
    return by_event.pop(OTHERWISE, Leaving.CANCEL), by_event


def _policy(node: Node, report: Report) -> Leaving:
    if isinstance(node, Scalar) and node.text in LEAVINGS:
        return Leaving(node.text)
    text = node.text if isinstance(node, Scalar) else "a list or table"
    report.add(node, f"when_leaving: {shown(text)}", one_of(LEAVINGS, text), "unknown-word")
    return Leaving.CANCEL


def _escalation(form: Form) -> Escalation | None:
    after, to = form.duration("after"), form.name("to")
    return Escalation(after, to) if after and to else None


def _sends(form: Form, facts: Facts) -> Sends | None:
    if not form.has("sends"):
        return None
    sends = form.form("sends", "sends")
    when = sends.choice("when", ("completed", "raised")) or "completed"
    message = _message(sends)
    content = _content(sends) if sends.has("content") else None
    return Sends(message, when, content, read_condition(sends, "if", facts)) if message else None


def _message(form: Form) -> str:
    message = form.text("message")
    if message and message not in MESSAGES:
        found = f"the message '{message[:60]}'"
        form.report.add(form.node("message"), found, one_of(MESSAGES, message), "unknown-message")
    return message


def _content(form: Form) -> dict[str, Source]:
    return {name.text: _source(value, form.report) for name, value in form.named("content")}


def _source(node: Node, report: Report) -> Source:
    return Source(text=text_of(node, report)) if isinstance(node, Table) else Source(name_of(node, report))


def read_announcement(name: Scalar, node: Node, facts: Facts, report: Report) -> Announcement:
    """Return one message that goes out by itself."""
    form = Form(node, "announcement", report)
    return Announcement(
        id=name.text, owner=form.name("owner"), lines=(name.line, max(node.last_line, name.line)),
        when_event=form.names("when_event"), in_phases=form.names("in"),
        sends=Sends(_message(form), "event", _content(form), read_condition(form, "if", facts)),
        severity=Severity(form.choice("severity", SEVERITIES) or "local"), basis=form.text("basis"),
        verified=form.flag("verified", False),
    )  # fmt: skip
