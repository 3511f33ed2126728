"""`pathway account`: what waiting for the municipality costs, stay by stay, and the time stamps behind it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TextIO

import click

from pathway_engine.cli.program import Refused, as_json, engine_of_settings, print_json, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pathway_engine.cli.account_tables import Tongue
    from pathway_engine.service.accounts import Asked, StayAccount
    from pathway_engine.service.engine import Engine


DAY = click.DateTime(["%Y-%m-%d"])


@click.command("account")
@click.option("--patient", "patient_id", metavar="ID", help="One patient, by the id that worklist --json prints.")
@click.option(
    "--identifier-file", type=click.File("r"), metavar="FILE",
    help="One patient, by the identity number in FILE; - is standard input.",
)  # fmt: skip
@click.option("--from", "first", type=DAY, metavar="DAY", help="The first day of a period.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="The last day of a period.")
@click.option("--municipality", metavar="NUMBER", help="Stays that this municipality pays for, by its four digits.")
@click.option("--language", "tongue", type=click.Choice(["nb", "en"]), default="nb", show_default=True)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: one line for each stay.")
@click.option("--npr", "as_npr", is_flag=True, help="Print CSV: the time stamps 1, 2, 3, 4, 6, 7 and 12 of each stay.")
@click.option("--actor", default="operator", show_default=True, help="Who looks, for the record.")
@as_json
def account_command(
    patient_id: str | None, identifier_file: TextIO | None, first: datetime | None, last: datetime | None,
    municipality: str | None, tongue: Tongue, as_csv: bool, as_npr: bool, actor: str, as_json: bool,
) -> None:  # fmt: skip
    """Print payable days and amount of each hospital stay, or why nothing is payable. It is put on record.

    \b
      pathway account --patient 5f0c...                    day by day, with the legal time limits
      pathway account --from 2026-10-01 --to 2026-10-31    everybody in October
      pathway account --municipality 5001 --csv            for a spreadsheet
      pathway account --npr                                time stamps as the patient register codes them

    No identity number is printed or taken on the command line. A year without a rate is counted and not priced; the
    folder PATHWAY_UKP_RULES may hold rates and local agreements.
    """
    from pathway_engine.app import ukp_rules
    from pathway_engine.service.accounts import accounts
    from pathway_engine.settings import read_settings

    _check(patient_id, identifier_file, first, last, as_csv + as_npr + as_json)
    number = identifier_file.read().strip() if identifier_file else None
    rules = ukp_rules(read_settings())
    with engine_of_settings() as (engine, now):
        asked = _asked(engine, patient_id, number, first, last, municipality)
        found = accounts(engine.context, rules, asked, actor=actor, now=now)
    if as_json or as_csv or as_npr:
        _print_for_programs(found, as_json=as_json, as_npr=as_npr)
    else:
        _print(found, tongue, in_detail=asked.patient_id is not None)


def _check(
    patient_id: str | None, identifier_file: TextIO | None, first: datetime | None, last: datetime | None, shapes: int
) -> None:
    if patient_id and patient_id.isdigit() and len(patient_id) == 11:
        raise click.UsageError("an identity number on the command line can be seen by others; use --identifier-file -")
    if patient_id is not None and identifier_file is not None:
        raise click.UsageError("give --patient ID or --identifier-file FILE, not both")
    if first and last and last < first:
        raise click.UsageError(f"--to {last:%Y-%m-%d} lies before --from {first:%Y-%m-%d}")
    if shapes > 1:
        raise click.UsageError("give one of --json, --csv and --npr")


def _asked(
    engine: Engine, patient_id: str | None, number: str | None, first: datetime | None, last: datetime | None,
    municipality: str | None,
) -> Asked:  # fmt: skip
    from pathway_engine.service.accounts import Asked

    return Asked(
        patient_id=patient_id if number is None else _known(engine, number), municipality=municipality,
        first=first.date() if first else date.min, last=last.date() if last else date.max,
    )  # fmt: skip


def _known(engine: Engine, number: str) -> str:
    from pathway_engine.domain.events import Identifier
    from pathway_engine.domain.identifiers import NationalIdentityNumber

    known = NationalIdentityNumber(number)
    with engine.context.store.reading() as records:
        row = records.find_patient([Identifier(system=known.system, value=known.digits)])
    if row is None:
        raise Refused("there is no such patient; `pathway worklist --json` prints patient ids")
    return row.id


def _print_for_programs(found: Sequence[StayAccount], *, as_json: bool, as_npr: bool) -> None:
    from pathway_engine.cli.account_tables import account_csv, npr_csv, shown

    if as_json:
        print_json([shown(each) for each in found])
    else:
        click.echo(npr_csv(found) if as_npr else account_csv(found), nl=False)


def _print(found: Sequence[StayAccount], tongue: Tongue, *, in_detail: bool) -> None:
    from pathway_engine.cli.account_tables import WORDS, clock_rows, day_rows, summary, total

    words = WORDS[tongue]
    if not found:
        click.echo(words["none"])
        return
    table(list(words["head"]), summary(found, tongue))
    for each in found if in_detail else []:
        click.echo()
        table(list(words["days"]), day_rows(each.account.days, tongue))
        click.echo()
        table(list(words["clocks"]), clock_rows(each.clocks, tongue))
    click.echo(total(found, tongue))
