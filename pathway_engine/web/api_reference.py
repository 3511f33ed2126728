"""Writes docs/reference/openapi.json: `python -m pathway_engine.web.api_reference > docs/reference/openapi.json`."""

from __future__ import annotations

import json
import sys

from pathway_engine.web.api import document


def text() -> str:
    """Return the OpenAPI document as it is kept."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
