"""`pathway task`: do to a task what a person may do, as that person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pathway_engine.cli.program import Refused, engine_of_settings, print_json
from pathway_engine.cli.worklists import principals_of, shown

if TYPE_CHECKING:
    from pathway_engine.service.views import Principal, TaskView


@click.group("task")
def task_group() -> None:
    """Claim, give back or complete a task of a list.

    \b
      pathway task claim ID --as kari
      pathway task complete ID --as kari --answer can_receive=now

    ID is what `worklist` prints; the step's code will do where one task of it is on the list.
    """


def _act(name: str, task_id: str, person: str, role: str | None, answers: tuple[str, ...], as_json: bool) -> None:
    from uuid import uuid4

    from pathway_engine.domain.events import Act

    with engine_of_settings() as (engine, now):
        listed = [(who, task) for who in principals_of(engine, person, role) for task in engine.worklist(who, now)]
        who, task = _meant(listed, task_id)
        given = _answers(answers, engine.task(who, task.id, now).checklist)
        detail = engine.act(who, task.id, Act(name), version=task.version, key=uuid4().hex, now=now, answers=given)
    if as_json:
        print_json(shown(detail.task))
    else:
        click.echo(f"{detail.task.step} {detail.task.status}")


def _meant(listed: list[tuple[Principal, TaskView]], name: str) -> tuple[Principal, TaskView]:
    """The task with the id *name*, or the only one of the step *name*, and as whom it is seen."""
    from pathway_engine.domain.errors import UnknownTask

    found = {task.id: (who, task) for who, task in reversed(listed) if name in (task.id, task.step)}
    if len(found) > 1:
        raise Refused(f"{len(found)} tasks of {name} are on the list; the id of one would be right: `pathway worklist`")
    if not found:
        raise UnknownTask
    return next(iter(found.values()))


def _answers(given: tuple[str, ...], checklist: object) -> dict[str, str | float]:
    from pathway_engine.domain.definition import Checklist

    kinds = {item.id: item.type for item in checklist.items} if isinstance(checklist, Checklist) else {}
    answers: dict[str, str | float] = {}
    for each in given:
        name, mark, text = each.partition("=")
        if not mark:
            raise click.UsageError(f"--answer {each}: ITEM=ANSWER would be right")
        answers[name] = _value(kinds.get(name, "text"), name, text)
    return answers


def _value(kind: str, name: str, text: str) -> str | float:
    from datetime import date

    try:
        if kind == "number":
            return float(text)
        return date.fromisoformat(text) if kind == "date" else text  # type: ignore[return-value]
    except ValueError:
        raise click.UsageError(f"--answer {name}: a {kind} would be right") from None


def _command(name: str, says: str, takes_answers: bool) -> click.Command:
    def callback(task_id: str, person: str, role: str | None, as_json: bool, answer: tuple[str, ...] = ()) -> None:
        _act(name, task_id, person, role, answer, as_json)

    params: list[click.Parameter] = [
        click.Argument(["task_id"], metavar="ID"),
        click.Option(["--as", "person"], metavar="PERSON", required=True, help="A person of the directory."),
        click.Option(["--role"], help="One of the person's roles."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print JSON."),
    ]
    if takes_answers:
        params.append(
            click.Option(["--answer"], multiple=True, metavar="ITEM=ANSWER", help="An answer; may be repeated.")
        )
    return click.Command(name.replace("_", "-"), callback=callback, params=params, help=says)


task_group.add_command(_command("claim", "Take a task.\n\n\b\n  pathway task claim ID --as kari", False))
task_group.add_command(_command("give_back", "Give a task back.\n\n\b\n  pathway task give-back ID --as kari", False))
task_group.add_command(
    _command("complete", "Complete a task.\n\n\b\n  pathway task complete ID --as kari --answer ITEM=yes", True)
)
