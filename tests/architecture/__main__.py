"""Draw the house anew and write what is generated of docs/architecture.md: `python -m tests.architecture`."""

from __future__ import annotations

from tests.architecture.page import PAGE, written
from tests.architecture.picture import PICTURE, drawn

PICTURE.write_text(drawn(), "utf-8")
PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
