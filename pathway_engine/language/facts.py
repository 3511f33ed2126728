"""Facts and conditions as a pathway file writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pathway_engine.domain.conditions import Condition, parse_condition
from pathway_engine.domain.errors import ConditionError
from pathway_engine.domain.facts import FactType
from pathway_engine.language.findings import shown
from pathway_engine.language.form import NAME, Form, Report, scalar
from pathway_engine.language.schema import FACT_KINDS
from pathway_engine.language.vocabulary import RESERVED_FACTS
from pathway_engine.language.yaml_reader import Node, Scalar, Table

CONDITION_WORDS = frozenset({"and", "or", "not", "in", "true", "false", "age", "date", "days_since", "known"})
TYPE_IS = "boolean, integer, number, date, text, or `one of a, b, c`"


def read_facts(form: Form) -> Mapping[str, FactType]:
    """Return the declared facts and those that every pathway has."""
    facts = dict(RESERVED_FACTS)
    for name, value in form.named("facts"):
        fact = _fact(value, form.report)
        if name.text in CONDITION_WORDS:
            form.report.add(
                name, f"a fact named {shown(name.text)}", "a name that conditions do not use", "reserved-word"
            )
        elif fact and name.text in RESERVED_FACTS and fact.kind != RESERVED_FACTS[name.text].kind:
            right = f"{RESERVED_FACTS[name.text].kind}, as every pathway has it"
            form.report.add(value, f"{name.text} as {fact.kind}", right, "reserved-fact")
        elif fact:
            facts[name.text] = fact
    return facts


def _fact(node: Node, report: Report) -> FactType | None:
    if not isinstance(node, Table):
        return _type(node, report)
    form = Form(node, "fact", report)
    if not form.has("type"):
        return None
    fact = _type(form.node("type"), report)
    return fact and FactType(fact.kind, fact.choices, form.names("forget_on"))


def _type(node: Node, report: Report) -> FactType | None:
    text = scalar(node, TYPE_IS, report)
    if text in FACT_KINDS:
        return FactType(text)
    if text.startswith("one of "):
        return _choice(text, node, report)
    if text:
        report.add(node, f"the type {shown(text)}", TYPE_IS, "fact-type")
    return None


def _choice(text: str, node: Node, report: Report) -> FactType | None:
    choices = tuple(part.strip() for part in text.removeprefix("one of ").split(","))
    wrong = next((choice for choice in choices if not NAME.fullmatch(choice)), None)
    if wrong is not None:
        report.add(node, f"the choice {shown(wrong)}", "names with commas between: `one of a, b, c`", "choice")
    elif len(set(choices)) < max(2, len(choices)):
        report.add(node, f"{shown(text)}", "at least two choices, each once", "choice")
    else:
        return FactType("choice", choices)
    return None


def read_condition(form: Form, key: str, facts: Mapping[str, FactType] | None) -> Condition | None:
    """Return the condition under *key*; with *facts* None (they are wrong themselves) nothing is read."""
    if not form.has(key):
        return None
    node = form.node(key)
    if (isinstance(node, Table) and len(node.entries) == 1) or not isinstance(node, Scalar):
        form.report.add(node, f"{key}: a list or table", "a condition; put quotes around one with [ or {", "not-a-text")
        return None
    source = form.text(key)
    if not source or facts is None:
        return None
    try:
        return parse_condition(source, facts)
    except ConditionError as error:
        _refuse(form, node, error)
        return None


def _refuse(form: Form, node: Scalar, error: ConditionError) -> None:
    message = re.sub(r" \(character \d+\)$", "", str(error))
    found, _, right = message.partition("; ")
    one_line = node.line == node.last_line and not node.text.startswith(" ")
    shift = int(getattr(error, "column", 0)) + (not node.plain) if one_line else 0
    form.report.add(
        node,
        f"in the condition: {found.removesuffix(' found')}",
        right or "a condition as docs/reference/pathway-file.md says",
        "condition",
        shift=shift,
    )
