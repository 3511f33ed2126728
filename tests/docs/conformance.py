"""The tables of docs/conformance.md, made from the tables by which the program itself goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from adapters.hl7v2.happenings import LEAVES_VISIT_OPEN, MERGES, MOVEMENT_UPDATE, SUPPORTED, TAKES_BACK, TELLS, UPDATES
from adapters.norwegian.formats import FORMATS
from adapters.norwegian.happenings import TELLS as NORWEGIAN_TELLS
from adapters.norwegian.namespaces import APPREC, DISCHARGE_LETTER
from adapters.norwegian.rules.types import TYPES
from pathway_engine.domain.message_slots import KINDS
from pathway_engine.domain.subscriptions import FILTERS
from pathway_engine.fhir.exchange import Served
from pathway_engine.fhir.resources import SERVED
from pathway_engine.language.schema import SECTIONS, Sections
from pathway_engine.language.vocabulary import MESSAGES
from pathway_engine.transports import message_service
from simulations.language.keys import SCENARIO_SECTIONS
from tests.docs import shown_by

PAGE = Path("docs/conformance.md")
BEGIN, END = "<!-- made: {} -->\n", "<!-- end -->\n"
SUPPORTED_STATE = "supported"
AS_JSON = "partly: a pathway may send it, as plain JSON and not as a Norwegian message"
ALL_ADT = frozenset(f"A{number:02}" for number in range(1, 63))
OTHER_VERSIONS = {"EPIKRISE": ", ".join(DISCHARGE_LETTER), "EPJ-EKSTRAKT": "2008-02-20"}


def table(*head: str, rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


def shown(test: str) -> str:
    """A test as the page names it."""
    return f"`{test}`" if test else "nothing shows it"


def _state(lacks: str) -> str:
    return f"partly: {lacks}" if lacks else SUPPORTED_STATE


# -- HL7 v2


def adt() -> str:
    """Every ADT event."""
    events = sorted({*SUPPORTED, MOVEMENT_UPDATE})
    refused = ", ".join(sorted(ALL_ADT - SUPPORTED))
    rows = [(each, _adt_tells(each), *_adt_state(each)) for each in events]
    others = (f"{refused}, and what is no ADT event", "", "refused, with 201 or 200", shown(shown_by.ADT_REFUSED))
    return table("Event", "What it tells", "State", "Shown by", rows=[*rows, others])


def _adt_tells(event: str) -> str:
    if event in TELLS:
        return f"`{TELLS[event].name}`"
    if event in TAKES_BACK:
        told = " or ".join(f"`{TELLS[each].name}`" for each in TAKES_BACK[event])
        return f"not {told}" + ("; facts that it carries" if event in LEAVES_VISIT_OPEN else "")
    if event in UPDATES:
        return f"`{UPDATES[event]}`"
    return "whose a record or a stay is" if event in MERGES else "a correction of the event in ZBE-6"


def _adt_state(event: str) -> tuple[str, str]:
    lacks, test = shown_by.ADT_PARTLY.get(event, ("", shown_by.ADT_TESTS.get(event, shown_by.ADT_TOLD)))
    return _state(lacks), shown(test)


# -- Norwegian messages


def _versions(root: str) -> str:
    return ", ".join(each.version for each in FORMATS if each.root == root)


def messages_in() -> str:
    """Every Norwegian message type that is read, and the formats that no type leads to."""
    rows = [_message_in(name) for name in TYPES]
    receipt = ("APPREC", ", ".join(APPREC), "`receipt_received`", SUPPORTED_STATE, shown(shown_by.RECEIPTS_IN))
    roots = {each.root for each in TYPES.values()}
    idle = [
        (each.root, each.version, "", "refused: no message type leads to it, although its format is known", shown(""))
        for each in FORMATS
        if each.root not in roots
    ]
    return table("Type (8279)", "Versions", "What it tells", "State", "Shown by", rows=[*rows, receipt, *idle])


def _message_in(name: str) -> tuple[str, ...]:
    lacks, test = shown_by.READ_PARTLY.get(name, ("", shown_by.READ))
    versions = _versions(TYPES[name].root) or OTHER_VERSIONS[name]
    return name, versions, f"`{NORWEGIAN_TELLS[name].name}`", _state(lacks), shown(test)


def messages_out() -> str:
    """Every message that a pathway may send, and those types that are read only."""
    rows = [_message_out(name) for name in sorted(KINDS)]
    receipt = ("APPREC", ", ".join(APPREC), "", SUPPORTED_STATE, shown(shown_by.RECEIPTS_OUT))
    plain = sorted(MESSAGES - set(KINDS) - set(TYPES) - {"APPREC"} | (MESSAGES & set(TYPES)) - set(KINDS))
    as_json = [(each, "", "", AS_JSON, shown(shown_by.AS_JSON)) for each in plain]
    written = {name.partition("/")[0] for name in KINDS} | set(plain)
    unwritten = [(each, "", "", *_read_only(each)) for each in sorted(set(TYPES) - written)]
    rows = [*rows, receipt, *as_json, *unwritten]
    return table("Message", "Versions", "Statuses (7309)", "State", "Shown by", rows=rows)


def _read_only(name: str) -> tuple[str, str]:
    state, test = shown_by.READ_ONLY[name]
    return state, shown(test)


def _message_out(name: str) -> tuple[str, ...]:
    versions = _versions(TYPES[name.partition("/")[0]].root)
    if name == "DIALOG_HELSEFAGLIG/6":
        versions = "1.1"
    return name, versions, ", ".join(KINDS[name].statuses), SUPPORTED_STATE, shown(shown_by.WRITTEN)


def service() -> str:
    """Every call of the message service's client."""
    rows = [_call(name, *said) for name, said in shown_by.SERVICE_CALLS.items()]
    return table("Call", "What it does", "State", "Shown by", rows=rows)


def _call(name: str, does: str, lacks: str, test: str) -> tuple[str, ...]:
    assert callable(getattr(message_service, name)), name
    return f"`{name}`", does, _state(lacks), shown(test)


# -- FHIR


def interactions() -> str:
    """Every resource type and what may be done with it: yes, refused with advice, or refused."""
    rows = [_interactions(SERVED[name]) for name in sorted(SERVED)]
    return table("Type", "read", "search", "create", "update", "patch", "delete", "Shown by", rows=rows)


def _interactions(served: Served) -> tuple[str, ...]:
    offered: Mapping[str, object] = {
        "read": served.read, "search": served.find or served.every, "create": served.create, "update": served.update,
        "patch": served.patch, "delete": served.delete,
    }  # fmt: skip
    cells = ["yes" if handler else "advice" if name in served.instead else "no" for name, handler in offered.items()]
    return served.type, *cells, shown(shown_by.FHIR_TYPES[served.type])


def operations() -> str:
    """Every operation, with the types that have it and how it is asked."""
    found = {(each.name, each.on_type, each.on_instance): each for kind in SERVED.values() for each in kind.operations}
    rows = [
        (f"`{name}`", _places(on_type, on_instance), ", ".join(each.methods), _having(name, on_type, on_instance),
         SUPPORTED_STATE, shown(shown_by.OPERATIONS[name]))
        for (name, on_type, on_instance), each in sorted(found.items())
    ]  # fmt: skip
    return table("Operation", "On", "Asked by", "Types", "State", "Shown by", rows=rows)


def _places(on_type: bool, on_instance: bool) -> str:
    return ", ".join(word for word, is_so in (("type", on_type), ("instance", on_instance)) if is_so)


def _having(*operation: object) -> str:
    return ", ".join(
        name
        for name in sorted(SERVED)
        if any((each.name, each.on_type, each.on_instance) == operation for each in SERVED[name].operations)
    )


def topics() -> str:
    """Every topic that a program may subscribe to."""
    rows = [
        (f"`{topic}`", ", ".join(f"`{each}`" for each in filters), SUPPORTED_STATE, shown(shown_by.TOPICS[topic]))
        for topic, filters in FILTERS.items()
    ]
    return table("Topic", "Narrowed by", "State", "Shown by", rows=rows)


def parameters() -> str:
    """Every search parameter of each type, beside `_id` and `_lastUpdated`, and what may be brought along."""
    rows = [
        (name, _names(each.name for each in SERVED[name].parameters), _names(SERVED[name].includes),
         _names(SERVED[name].revincludes))
        for name in sorted(SERVED)
    ]  # fmt: skip
    return table("Type", "Parameters", "`_include`", "`_revinclude`", rows=rows)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in sorted(set(names)))


# -- Files that people write


def pathway_keys() -> str:
    """Every key of pathway, checklist and journey files."""
    return _keys(SECTIONS, shown_by.SECTIONS)


def scenario_keys() -> str:
    """Every key of a scenario file."""
    return _keys(SCENARIO_SECTIONS, shown_by.SCENARIO)


def shows(section: str, key: str, tests: Mapping[str, str]) -> str:
    """The test that shows a key."""
    return shown_by.KEYS.get((section, key), tests[section])


def _keys(sections: Sections, tests: Mapping[str, str]) -> str:
    return table("Section", "Keys", "State", "Shown by", rows=_rows(sections, tests))


def _rows(sections: Sections, tests: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """A row for the keys of a section that one test shows in the same way."""
    for section, keys in sections.items():
        groups: dict[tuple[str, str], list[str]] = {}
        for key in keys:
            how = shows(section, key, tests), shown_by.LACKS.get((section, key), "")
            groups.setdefault(how, []).append(f"`{key}`")
        for (test, lacks), names in groups.items():
            yield f"`{section}`", ", ".join(names), _state(lacks), shown(test)


# -- The page

TABLES = {
    "adt": adt, "messages-in": messages_in, "messages-out": messages_out, "service": service,
    "interactions": interactions, "operations": operations, "topics": topics, "parameters": parameters,
    "pathway-keys": pathway_keys, "scenario-keys": scenario_keys,
}  # fmt: skip


def written(page: str) -> str:
    """The page with each of its tables as it should be."""
    for name, made in TABLES.items():
        before, begin, rest = page.partition(BEGIN.format(name))
        _, end, after = rest.partition(END)
        assert begin and end, f"docs/conformance.md has no place for the table {name}"
        page = f"{before}{begin}{made()}{end}{after}"
    return page
