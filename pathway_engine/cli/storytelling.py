"""`pathway demo --story`: the story week by week as it happens, what it came to, and the page that tells it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from pathway_engine.cli.program import FINE, PROBLEMS, end

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pathway_engine.story.telling import Story


def tell_story(file: Path) -> None:
    """Let the story happen, write its page to *file* and say what it came to; ends with 1 when something is wrong."""
    from pathway_engine.log_lines import log_by_allow_list
    from pathway_engine.story.playing import play
    from pathway_engine.story.telling import page, story
    from pathway_engine.story.world import world

    log_by_allow_list("warning", "text")
    began, used = time.perf_counter(), time.process_time()
    click.echo("Tretti oppdiktede pasienter, fra natten da klokken stilles tilbake til over jul ...")
    with world() as place:
        told = story(play(place, progress=_Weeks(began)))
        file.write_text(page(told), "utf-8")
    _say(told)
    click.echo(f"\nSiden: {file.absolute()}")
    click.echo(f"Tid: {time.perf_counter() - began:.0f} s, prosessor {time.process_time() - used:.0f} s")
    end(FINE if told.is_well else PROBLEMS)


class _Weeks:
    """Says each week once, when it begins."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._week = ""

    def __call__(self, at: datetime) -> None:
        week = f"{at:%V}"
        if week != self._week:
            self._week = week
            click.echo(f"  uke {week} fra {at:%d.%m.%Y}  ({time.perf_counter() - self._began:.0f} s)")


def _say(told: Story) -> None:
    click.echo("\nVendingene:")
    for each in told.turns:
        click.echo(f"  {_mark(each.holds)} {each.turn.number:2} {each.turn.title.nb}")
    click.echo("\nKontrollene:")
    for found in told.findings:
        click.echo(f"  {_mark(found.holds)} {found.says.nb}: {found.figure.nb}")


def _mark(is_so: bool) -> str:
    return "stemmer " if is_so else "STEMMER IKKE"
