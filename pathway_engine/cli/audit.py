"""`pathway audit`: is it whole, what stands for it, and who has looked at a patient."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

import click

from pathway_engine.cli.program import FINE, PROBLEMS, Refused, as_json, end, engine_of_settings, local, print_json

if TYPE_CHECKING:
    from pathway_engine.service.insight import Insight, Looked
    from pathway_engine.service.sealing import Head, Verified
    from pathway_engine.storage.audit_chain import Fault

Tongue = Literal["nb", "en"]
SAYS = {
    "row_changed": "row {0} is not as it was sealed: something in it has been changed, or it has been swapped",
    "row_missing": "row {0} was sealed and is gone, and no tombstone stands for it",
    "row_slipped_in": "row {0} is in no seal, though later ones are: it was put in afterwards",
    "seal_changed": "seal {0} has been changed; what it says of its rows is not to be believed",
    "seal_missing": "seal {0} is gone, and with it what stood for its rows",
    "seal_out_of_place": "seal {0} does not follow the one before it: one was dropped, swapped or made anew",
    "expired_too_early": "row {0} is a tombstone for rows that were too young to be deleted",
    "head_lost": "the head that was kept for {0} rows is not in the audit: it was cut off or made anew since",
}
HEADS = {
    "nb": ["Når", "Hvem", "Rolle", "Virksomhet", "Hva", "Hvorfor"],
    "en": ["When", "Who", "Role", "Organisation", "What", "Why"],
}
TITLES = {
    "nb": "Hvem har sett eller endret opplysninger om deg\nPasient {0}. Tidspunkter er norsk tid. {1} linjer.",
    "en": "Who has seen or changed information about you\nPatient {0}. Times are Norwegian time. {1} lines.",
}
GONE = {
    "nb": "Linjer fra før {0} er slettet etter vedtatt oppbevaringstid.",
    "en": "Lines from before {0} have been deleted by the retention policy.",
}


@click.group("audit")
def audit_group() -> None:
    """Who read or changed what: a chain that shows whether anybody has touched it.

    \b
      pathway audit verify
      pathway audit head >> heads.txt           kept where nobody can change it
      pathway audit verify --heads heads.txt
      pathway audit export --patient 5f0c...
    """


@audit_group.command("verify")
@click.option("--heads", "heads_file", type=click.File("r"), metavar="FILE", help="Heads that were printed before.")
@as_json
def verify_command(heads_file: TextIO | None, as_json: bool) -> None:
    """Look at every row and every seal, and say which is wrong and how.

    \b
      pathway audit verify
      pathway audit verify --heads heads.txt    nothing was cut off at the end either

    A row that was just written waits some seconds for its seal; such rows are counted. Ends with 1 when anything is
    wrong.
    """
    from pathway_engine.service.sealing import verify

    heads = _heads(heads_file.read().splitlines()) if heads_file else []
    with engine_of_settings() as (engine, now):
        found = verify(engine.context, now, heads)
    if as_json:
        print_json(_shown(found))
    else:
        _print(found)
    end(PROBLEMS if found.faults else FINE)


def _heads(lines: list[str]) -> list[Head]:
    from pathway_engine.service.sealing import Head

    found = []
    for number, line in enumerate(lines, start=1):
        count, _, hash = line.split(" ")[0].partition(":")
        if line.strip() and not (count.isdigit() and len(hash) == 64):
            raise Refused(f"line {number} of the heads: COUNT:HASH, as `pathway audit head` prints, would be right")
        if line.strip():
            found.append(Head(int(count), hash))
    return found


def _shown(found: Verified) -> dict[str, object]:
    return {
        "head": str(found.head), "rows": found.rows, "seals": found.seals, "unsealed": found.unsealed,
        "oldest_unsealed": found.oldest_unsealed, "expired": found.expired,
        "tombstones": [{"row": each.row.id, "at": each.row.at, "before": each.before} for each in found.tombstones],
        "faults": [{"code": each.code, each.what: each.number, "says": _says(each)} for each in found.faults],
    }  # fmt: skip


def _says(fault: Fault) -> str:
    return SAYS[fault.code].format(fault.number)


def _print(found: Verified) -> None:
    click.echo(f"{found.rows} rows, {found.head.count} of them sealed by {found.seals} seals; {found.unsealed} wait")
    for each in found.tombstones:
        click.echo(f"deleted by policy on {local(each.row.at)}: what was sealed before {local(each.before)}")
    if found.expired:
        click.echo(f"{found.expired} sealed rows are gone by policy; their links are kept")
    for fault in found.faults:
        click.echo(f"wrong: {_says(fault)}")
    click.echo(f"head {found.head}")
    click.echo("not whole" if found.faults else "whole")


@audit_group.command("head")
def head_command() -> None:
    """Seal what waits, and print the number of sealed rows and the hash that stands for all of them.

    \b
      pathway audit head >> heads.txt

    Keep the lines where those who can change the database cannot: on paper, in a mail, on another machine.
    """
    from pathway_engine.service.sealing import head, seal_waiting

    with engine_of_settings() as (engine, now):
        seal_waiting(engine.context, now)
        click.echo(f"{head(engine.context)} {now.isoformat(timespec='seconds')}")


@audit_group.command("export")
@click.option("--patient", "patient_id", metavar="ID", required=True, help="The id that worklist --json prints.")
@click.option("--language", "tongue", type=click.Choice(["nb", "en"]), default="nb", show_default=True)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: one line for each time.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a file instead.")
@click.option("--actor", default="operator", show_default=True, help="Who takes it out, for the record.")
def export_command(patient_id: str, tongue: Tongue, as_csv: bool, output: Path | None, actor: str) -> None:
    """Print who has seen or changed what is known of a patient, in plain words, for the patient.

    \b
      pathway audit export --patient 5f0c...
      pathway audit export --patient 5f0c... --csv --output innsyn.csv

    Lists that showed the patient are included, and so are records merged into this one. That it was taken out is put
    on record.
    """
    from pathway_engine.service.insight import insight

    if patient_id.isdigit() and len(patient_id) == 11:
        raise click.UsageError("an identity number on the command line can be seen by others; give the patient's id")
    with engine_of_settings() as (engine, now):
        found = insight(engine.context, patient_id, actor=actor, now=now)
    text = insight_csv(found, tongue) if as_csv else insight_text(found, tongue)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8", newline="")


def insight_text(found: Insight, tongue: Tongue) -> str:
    """The list for reading, a blank line between two times."""
    said = [TITLES[tongue].format(found.patient_id, len(found.lines))]
    if found.gone_before:
        said.append(GONE[tongue].format(local(found.gone_before)))
    return "\n\n".join([*said, *(_paragraph(each, tongue) for each in found.lines)]) + "\n"


def _paragraph(each: Looked, tongue: Tongue) -> str:
    when, who, role, organisation, what, why = _cells(each, tongue)
    place = f", {organisation}" if organisation else ""
    return f"{when}  {who} ({role}{place})\n  {what}. {why}."


def insight_csv(found: Insight, tongue: Tongue) -> str:
    """The list for a spreadsheet."""
    from pathway_engine.csv_text import csv_text

    return csv_text([HEADS[tongue], *(_cells(each, tongue) for each in found.lines)], mark=True, end="\r\n")


def _cells(each: Looked, tongue: Tongue) -> list[str]:
    from pathway_engine.service.insight_words import role_words

    what, why, role = (getattr(text, tongue) for text in (each.what, each.why, role_words(each.role)))
    reason = f" ({each.reason})" if each.reason else ""
    return [local(each.at), each.who, role, each.organisation, what, f"{why}{reason}"]
