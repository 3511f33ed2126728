"""The page that says what is served says what is served."""

from __future__ import annotations

from pathlib import Path

from pathway_engine.fhir.exchange import Served
from pathway_engine.fhir.resources import SERVED

PAGE = Path("docs/reference/fhir/README.md")
HEAD = "| Type | May be | Operations | What it is |\n|---|---|---|---|\n"


def table() -> str:
    """The table of what is served, a line a type.

    `python -m tests.fhir.test_documented` writes it into the page.
    """
    return HEAD + "".join(_line(SERVED[type]) for type in sorted(SERVED))


def _line(served: Served) -> str:
    found = {
        "read": served.read, "searched": served.find or served.every, "created": served.create,
        "updated": served.update, "patched": served.patch, "deleted": served.delete,
    }  # fmt: skip
    may = ", ".join(name for name, handler in found.items() if handler)
    operations = ", ".join(f"`{each.name}`" for each in served.operations)
    return f"| {served.type} | {may} | {operations} | {served.about} |\n"


def written() -> str:
    """The page with the table as it should be."""
    before, _, after = PAGE.read_text("utf-8").partition("## What is served\n\n")
    return f"{before}## What is served\n\n{table()}\n{after[after.index('## ') :]}"


def test_the_page_has_every_type_and_what_may_be_done_with_it() -> None:
    assert PAGE.read_text("utf-8") == written()


if __name__ == "__main__":
    PAGE.write_text(written(), "utf-8")
