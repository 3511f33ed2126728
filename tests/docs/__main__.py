"""Write the tables of docs/conformance.md anew."""

from __future__ import annotations

from tests.docs.conformance import PAGE, written

PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
