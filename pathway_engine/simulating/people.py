"""Who simulated patients are and where they belong, when messages tell of them: nobody, in no real place.

The same number is the same person for ever, so that a folder of messages needs no list of people.
"""

from __future__ import annotations

from datetime import date, timedelta

from pathway_engine.demonstration.stories import Patient
from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.events import Identifier
from pathway_engine.domain.identifiers import FNR
from simulations.scenario import Scenario

FACILITY, APPLICATION, HOSPITAL_HER_ID, WARD = "SIMSYK", "SIM", "8900001", "SIM"
OLDEST, BIRTHDAYS = date(1930, 1, 1), 9000
PERFORMER = "simulated"


def person(number: int, municipality: str = "") -> Patient:
    """Return the person of that number, who lives in the municipality of that number."""
    born = OLDEST + timedelta(days=number * 37 % BIRTHDAYS)
    gender = "FM"[number % 2]
    return Patient(number, "Simulert", f"Pasient {number}", born, gender, "", WARD, municipality, number // BIRTHDAYS)


def identifier(number: int) -> Identifier:
    """Return the made-up national number of the person of that number; its month is added 80 to."""
    return Identifier(system=FNR, value=person(number).national_number)


def her_id(place: int) -> str:
    """Return the HER-id of the *place*-th municipality; its allocation office has the next one."""
    return str(8_910_000 + 10 * place)


def directory(scenario: Scenario, pathway: Pathway) -> str:
    """Return a directory file: a hospital, and each municipality with one person who does all that is asked for."""
    roles = sorted(
        {"message_responsible"}
        | {step.owner for step in pathway.steps.values()}
        | {rise.to for step in pathway.steps.values() for rise in step.escalate}
        | {rule.owner for rule in pathway.messages.values()}
    )
    places = [(place, name, scenario.municipality_number(name)) for place, name in enumerate(scenario.municipalities)]
    lines = [
        f"directory: Simulert helsefellesskap for {scenario.name} (oppdiktet)",
        "organisations:",
        "  - {id: hospital, name: Simulert sykehus, kind: hospital, roles: [message_responsible], "
        f'her_id: "{HOSPITAL_HER_ID}"}}',
    ]
    for place, name, number in places:
        lines += [
            f"  - {{id: m{number}, name: Simulert {name}, kind: municipality, roles: [{', '.join(roles)}], "
            f'municipality: "{number}", her_id: "{her_id(place)}", ours: true}}',
            f"  - {{id: office{number}, name: Tildeling {name}, kind: unit, parent: m{number}, "
            f'municipality: "{number}", her_id: "{int(her_id(place)) + 1}", services: [8663/KD0501]}}',
        ]
    lines.append("people:")
    for _, name, number in places:
        seats = ", ".join(f"{{unit: m{number}, role: {role}}}" for role in roles)
        lines.append(f"  - {{id: {PERFORMER}{number}, name: Simulert ansatt i {name}, seats: [{seats}]}}")
    lines += [
        "senders:",
        f"  - {{id: adt, application: {APPLICATION}, facility: {FACILITY}, organisation: hospital, charset: UTF-8, "
        "time_zone: Europe/Oslo}",
        f'  - {{id: plo, application: her, facility: "{HOSPITAL_HER_ID}", organisation: hospital}}',
        "routes:",
        *(f'  - {{postal_code: "{number}", municipality: "{number}"}}' for _, _, number in places),
    ]
    return "\n".join(lines) + "\n"
