"""Checklist files: the questions of one step."""

from __future__ import annotations

from pathway_engine.domain.definition import Checklist, ChecklistItem, Text
from pathway_engine.language.findings import Finding, shown
from pathway_engine.language.form import Form, Report, text_of
from pathway_engine.language.schema import ITEM_TYPES
from pathway_engine.language.vocabulary import one_of
from pathway_engine.language.yaml_reader import Node

YES_NO_ANSWERS = ("yes", "no", "not_applicable")


def read_checklist(node: Node, file: str, findings: list[Finding]) -> Checklist:
    """Return the checklist that *node* holds, noting in *findings* all that is wrong."""
    report = Report(file, findings)
    form = Form(node, "checklist", report)
    name = form.name("checklist")
    stem = file.rsplit("/", 1)[-1].removesuffix(".yaml")
    if name and name != stem:
        report.add(form.node("checklist"), f"the id {shown(name)}", f"{stem}, as the file is named", "file-name")
    items = tuple(_item(item) for item in form.forms("items", "item"))
    _refuse_repeated(form, items)
    return Checklist(
        name,
        form.both("title"),
        items,
        form.text("source"),
        form.flag("verified", False),
        form.flag("template", True),
    )


def _refuse_repeated(form: Form, items: tuple[ChecklistItem, ...]) -> None:
    seen: set[str] = set()
    for item, each in zip(items, form.listed("items"), strict=False):
        if item.id and item.id in seen:
            form.report.add(each, f"the item {shown(item.id)} twice", "each item id once", "item-twice")
        seen.add(item.id)
    if form.has("items") and not items:
        form.report.add(form.node("items"), "a checklist without items", "at least one item", "no-items")


def _item(form: Form) -> ChecklistItem:
    kind = form.choice("type", ITEM_TYPES)
    item = ChecklistItem(
        id=form.name("id"),
        text=form.both("text"),
        type=kind,
        required=form.flag("required", False),
        choices=_choices(form, kind),
        unit=form.text("unit"),
        minimum=form.number("min"),
        maximum=form.number("max"),
        fact=form.optional_name("fact"),
        deviation=form.names("deviation"),
        proposes=form.both("proposes") if form.has("proposes") else None,
    )
    _check_number(form, item)
    _check_deviation(form, item)
    return item


def _choices(form: Form, kind: str) -> dict[str, Text]:
    if kind == "choice" and not form.has("choices"):
        form.report.add(form.table, "a choice without choices", "choices: {code: {nb: …, en: …}}", "no-choices")
    elif kind and kind != "choice" and form.has("choices"):
        form.report.add(form.node("choices"), f"choices for {kind}", "type: choice", "choices-of-other")
    choices = {name.text: text_of(value, form.report) for name, value in form.named("choices")}
    if kind == "choice" and len(choices) == 1:
        form.report.add(form.node("choices"), "one choice", "at least two choices", "no-choices")
    return choices


def _check_number(form: Form, item: ChecklistItem) -> None:
    for key in ("unit", "min", "max"):
        if form.has(key) and item.type not in ("number", ""):
            form.report.add(form.node(key), f"{key} for {item.type}", "type: number", "range-of-other")
    if item.minimum is not None and item.maximum is not None and item.minimum > item.maximum:
        form.report.add(
            form.node("max"),
            f"max {item.maximum:g} below min {item.minimum:g}",
            f"{item.minimum:g} or more",
            "range",
        )


def _check_deviation(form: Form, item: ChecklistItem) -> None:
    answers = YES_NO_ANSWERS if item.type == "yes_no" else tuple(item.choices)
    if item.deviation and item.type in ("number", "date", "text"):
        form.report.add(form.node("deviation"), f"a deviation of {item.type}", "type: yes_no or choice", "deviation")
        return
    for answer in item.deviation:
        if answers and answer not in answers:
            form.report.add(
                form.node("deviation"), f"the deviation {shown(answer)}", one_of(answers, answer), "deviation"
            )
    if item.proposes and not form.has("deviation"):
        form.report.add(
            form.node("proposes"),
            "proposes without deviation",
            "deviation: [the answers that propose it]",
            "deviation",
        )
