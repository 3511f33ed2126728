"""`pathway demo`: the whole program with made-up patients, and what one stay puts on whose list."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pathway_engine.cli.program import Refused, local, log_to_stderr

if TYPE_CHECKING:
    from datetime import datetime

    from pathway_engine.demonstration.seeding import Shown
    from pathway_engine.service.engine import Engine
    from pathway_engine.serving.running import Addresses
    from pathway_engine.settings import Settings

PORT = click.IntRange(0, 65535)
STAY = {"A01": "innlagt", "A16": "utskrivningsklar", "A03": "utskrevet til hjemmet"}


@click.command("demo")
@click.option("--serve", is_flag=True, help="Keep serving, also without a terminal.")
@click.option("--web-port", type=PORT, default=0, help="Port of the pages; 0 is any free port.")
@click.option("--mllp-port", type=PORT, default=0, help="Port of MLLP; 0 is any free port.")
@click.option("--story", is_flag=True, help="Let nine weeks pass with thirty patients, and tell what happened.")
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("pathway-story.html"),
    show_default=True,
    help="Where the story's page is written.",
)
def demo_command(serve: bool, web_port: int, mllp_port: int, story: bool, page: Path) -> None:
    """Try the program with made-up patients, in a database that is gone afterwards.

    \b
      pathway demo                  show one stay, then serve until Ctrl-C
      pathway demo --serve          the same without a terminal
      pathway demo --web-port 8080
      pathway demo --story          the whole story on a virtual clock, in a minute or two

    It listens on this machine only; the story listens nowhere. Ends with 1 when something in the story is not as it
    must be.
    """
    if story:
        from pathway_engine.cli.storytelling import tell_story

        tell_story(page)
        return
    from pathway_engine import clock
    from pathway_engine.app import steady_clock
    from pathway_engine.demonstration.seeding import demo_settings, on_lists, seeded
    from pathway_engine.serving.running import run

    goes_on = serve or (sys.stdin.isatty() and sys.stdout.isatty())
    with ExitStack() as stack:
        settings = stack.enter_context(demo_settings(web_port, mllp_port))
        log_to_stderr(settings)
        click.echo("Lager et oppdiktet helsefellesskap med pasienter i alle faser ...")
        engine = stack.enter_context(seeded(settings, clock.now()))
        before = on_lists(engine, clock.now())
        click.echo(f"{len({task for _, _, task in before})} oppgaver står på arbeidslistene.\n")

        async def ready(addresses: Addresses) -> bool:
            await _show_a_stay(engine, addresses, set(before))
            await _show_messages(engine)
            await _show_troubles(engine)
            _say_where(settings, addresses)
            click.echo("Klar. Stopp med Ctrl-C." if goes_on else "Ferdig. (--serve holder programmet i gang.)")
            return goes_on

        run(engine, settings, ("web", "mllp", "worker"), steady_clock(engine), ready)


async def _show_a_stay(engine: Engine, addresses: Addresses, before: set[tuple[str, str, str]]) -> None:
    import asyncio

    from pathway_engine import clock
    from pathway_engine.demonstration.seeding import news, visit
    from pathway_engine.transports.mllp import send

    assert addresses.mllp is not None
    host, port = addresses.mllp
    messages = visit(clock.now())
    click.echo(f"Sender et helt sykehusopphold over MLLP til {host}:{port}:")
    for (event, said), answer in zip(STAY.items(), await send(host, port, messages), strict=True):
        code = _code(answer)
        click.echo(f"  ADT {event} {said:24} -> {code}")
        if code != "AA":
            raise Refused(f"the demonstration's own message ADT {event} was answered {code}")
    shown = await asyncio.to_thread(news, engine, before, clock.now())
    click.echo("\nDet la dette på arbeidslistene:\n")
    for each in shown:
        _say_task(each)


async def _show_messages(engine: Engine) -> None:
    import asyncio

    from pathway_engine import clock
    from pathway_engine.demonstration.norwegian import story

    click.echo("Et annet opphold, fortalt med norske meldinger (PLO), og svaret fra kommunen:")
    for said in await asyncio.to_thread(story, engine, clock.now()):
        click.echo(f"  {said.message:22} {said.told}")
    click.echo()


async def _show_troubles(engine: Engine) -> None:
    import asyncio

    from pathway_engine import clock
    from pathway_engine.demonstration.inbox import troubles

    stopped = await asyncio.to_thread(troubles, engine, clock.now())
    click.echo(f"{stopped} meldinger stopper og ligger i innboksen til meldingsansvarlig.\n")


def _code(answer: bytes) -> str:
    lines = answer.decode("utf-8", "replace").split("\r")
    return next((line.split("|")[1] for line in lines if line.startswith("MSA|")), "?")


def _say_task(shown: Shown) -> None:
    task, why = shown.detail.task, shown.detail.why
    assert why is not None, task.key
    click.echo(f"  {task.step}  {task.title.nb}")
    click.echo(f"      hos       {shown.unit_name} ({shown.role})")
    click.echo(f"      pasient   {task.patient_name}, {task.age} år")
    click.echo(f"      vindu     {_window(task.opens_at, task.due_at, task.waits_for_words.nb)}")
    click.echo(f"      regel     {why.pathway} {why.pathway_version}, linje {why.lines[0]}-{why.lines[1]}: {why.rule}")
    click.echo(f"      grunnlag  {why.basis}")
    click.echo(f"      hendelse  {why.event_words.nb} {local(why.event_occurred_at)} ({why.message})")
    if why.arithmetic:
        click.echo(f"      regnestykke  {why.arithmetic.nb}")
    click.echo()


def _window(opens_at: datetime | None, due_at: datetime | None, waits_for: str) -> str:
    if due_at is None:
        return f"venter på: {waits_for}" if waits_for else "uten frist"
    return f"fra {local(opens_at)} til {local(due_at)}" if opens_at else f"til {local(due_at)}"


def _say_where(settings: Settings, addresses: Addresses) -> None:
    from pathway_engine.settings import database_url

    assert addresses.mllp is not None
    port = addresses.mllp[1]
    click.echo(f"Nettsider: {addresses.web}")
    click.echo(f"MLLP:      {addresses.mllp[0]}:{port}\n")
    click.echo("Prøv i et annet vindu (i prosjektets mappe):")
    click.echo(f"  export PATHWAY_DATABASE_URL={database_url(settings)}")
    click.echo(f"  pathway send samples/adt/01*.hl7 samples/adt/03*.hl7 samples/adt/06*.hl7 --port {port} --as-of now")
    click.echo("  pathway worklist --as kari --role home_care_nurse")
    click.echo("  pathway worklist --unit fjordby_lerkendal --json\n")
