"""A pathway as a page in bokmål: what a nurse manager reads and corrects without opening the file itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from pathway_engine.domain.conditions import Condition
from pathway_engine.domain.deadlines_text import format_duration
from pathway_engine.domain.definition import ANY, Announcement, Checklist, Enrolment, Move, Pathway, Sends, Step
from pathway_engine.language.layout import sources_of
from pathway_engine.language.outline import beginnings, steps_by_phase
from pathway_engine.language.words import (
    capital,
    condition_nb,
    deadline_nb,
    either_nb,
    owner_nb,
    role_nb,
    severity_nb,
    start_nb,
)

NO_JOURNEYS: Mapping[str, str] = MappingProxyType({})
_STEPS = ("Kode", "Tittel", "Starter", "Frist", "Vindu", "Hvem", "Alvor", "Verifisert", "Grunnlag")
_ENROLMENTS = ("Hendelse", "Hvis", "Begynner i")
_MESSAGES = ("Melding", "Sendes", "Hvis", "Innhold", "Alvor", "Verifisert", "Grunnlag")
_MOVES = ("Hendelse", "Fra", "Til", "Hvis", "Spør når det er ukjent")
_CHECKLISTS = ("Sjekkliste", "Brukes i", "Spørsmål", "Må besvares", "Kan gi oppfølging", "Verifisert", "Kilde")


def readme(pathway: Pathway, journeys: Mapping[str, str] = NO_JOURNEYS) -> str:
    """Return the page in Markdown; *journeys* are the titles of worked examples by file name."""
    parts = [
        f"# {pathway.title.nb}",
        f"*{pathway.title.en}* · `{pathway.id}` versjon {pathway.version}",
        "Denne siden er skrevet av `make diagrams`. Endre [pathway.yaml](pathway.yaml), ikke denne.",
        f"**Kilde:** {pathway.source}",
        f"![Faser, overganger og oppgaver i {pathway.title.nb}](diagram.svg)",
        *_section("Faser", _phases(pathway)),
        *_section("Når forløpet begynner", _table(_ENROLMENTS, (_enrolment(each, pathway) for each in pathway.enrol))),
        *_section("Oppgaver", _table(_STEPS, (_step(step, pathway) for step in pathway.steps.values()))),
        *_section("Meldinger", _messages(pathway)),
        *_section("Overganger", _table(_MOVES, (_move(move, pathway) for move in pathway.moves))),
        *_section("Sjekklister", _checklists(pathway)),
        *_section("Eksempler", _list(f"[{title}](journeys/{file})" for file, title in journeys.items())),
    ]
    return "\n\n".join(parts) + "\n"


def _section(title: str, content: str) -> Sequence[str]:
    return (f"## {title}", content) if content else ()


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _phases(pathway: Pathway) -> str:
    steps = steps_by_phase(pathway)
    rows = [
        (f"`{phase}`", name.nb, _place(phase, pathway), ", ".join(step.id for step in steps[phase]))
        for phase, name in pathway.phases.items()
    ]
    return _table(("Kode", "Fase", "", "Oppgaver som begynner her"), rows)


def _place(phase: str, pathway: Pathway) -> str:
    if phase in pathway.end:
        return "her er forløpet over"
    return "forløpet kan begynne her" if phase in beginnings(pathway) else ""


def _enrolment(enrolment: Enrolment, pathway: Pathway) -> Sequence[str]:
    begins = enrolment.begins_in or pathway.first_phase
    onwards = any(begins in sources_of(move, pathway) for move in pathway.moves_on(enrolment.event))
    return (
        capital(pathway.word(enrolment.event).nb),
        _condition(enrolment.condition, pathway),
        pathway.phases[begins].nb + (", og flyttes videre av hendelsen" if onwards else ""),
    )


def _condition(condition: Condition | None, pathway: Pathway) -> str:
    return condition_nb(condition, pathway) if condition else ""


def _step(step: Step, pathway: Pathway) -> Sequence[str]:
    window = f"tidligst etter {format_duration(step.not_before).nb}" if step.not_before else ""
    return (
        step.id,
        step.title.nb,
        start_nb(step, pathway),
        deadline_nb(step, pathway),
        window,
        owner_nb(step),
        severity_nb(step.severity, step.hard),
        _verified(step),
        step.basis,
    )


def _verified(verifiable: Step | Checklist | Announcement) -> str:
    return "verifisert" if verifiable.verified else "**ikke verifisert**"


def _move(move: Move, pathway: Pathway) -> Sequence[str]:
    everywhere = ANY in move.sources
    sources = "alle faser" if everywhere else either_nb([pathway.phases[each].nb for each in move.sources])
    return (
        capital(pathway.word(move.event).nb),
        sources,
        pathway.phases[move.target].nb,
        _condition(move.condition, pathway),
        role_nb(move.clarify) if move.condition else "",
    )


def _messages(pathway: Pathway) -> str:
    sending = [step for step in pathway.steps.values() if step.sends]
    rows = [_sent(step, pathway) for step in sending]
    rows += [_announced(rule, pathway) for rule in pathway.messages.values()]
    return _table(_MESSAGES, rows) if rows else ""


def _sent(step: Step, pathway: Pathway) -> Sequence[str]:
    assert step.sends is not None
    when = f"når {step.id} {'begynner' if step.sends.when == 'raised' else 'er fullført'}"
    return (
        f"`{step.sends.message}`", when, _condition(step.sends.condition, pathway), _filled(step.sends),
        severity_nb(step.severity, step.hard), _verified(step), step.basis,
    )  # fmt: skip


def _announced(rule: Announcement, pathway: Pathway) -> Sequence[str]:
    return (
        f"`{rule.sends.message}`", f"av seg selv: {either_nb([pathway.word(event).nb for event in rule.when_event])}",
        _condition(rule.sends.condition, pathway), _filled(rule.sends), severity_nb(rule.severity), _verified(rule),
        rule.basis,
    )  # fmt: skip


def _filled(sends: Sends) -> str:
    """What stands in the message: the slots, and beside those called otherwise what fills them."""
    said = [
        slot if source.name == slot else f"{slot} ← {source.name or repr(source.text.nb if source.text else '')}"
        for slot, source in (sends.content or {}).items()
    ]
    return ", ".join(said)


def _checklists(pathway: Pathway) -> str:
    if not pathway.checklists:
        return ""
    note = "Malene er ment å redigeres av kommunen. Svarene lagres under spørsmålenes koder, så kodene må bli stående."
    rows = [_checklist(each, pathway) for each in pathway.checklists.values()]
    return f"{note}\n\n{_table(_CHECKLISTS, rows)}"


def _checklist(checklist: Checklist, pathway: Pathway) -> Sequence[str]:
    template = " (redigerbar mal)" if checklist.template else ""
    return (
        f"[{checklist.title.nb}](checklists/{checklist.id}.yaml){template}",
        ", ".join(step.id for step in pathway.steps.values() if step.checklist == checklist.id),
        str(len(checklist.items)),
        str(sum(item.required for item in checklist.items)),
        str(sum(bool(item.deviation) for item in checklist.items)),
        _verified(checklist),
        checklist.source,
    )
