"""Exchanges without a database, for what looks at nothing but the request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from pathway_engine.fhir.exchange import Caller, Exchange
from pathway_engine.service.views import Principal

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
KARI = Principal(person="kari", name="Kari Sykepleier", role="home_care_nurse", seats=(("east", "home_care_nurse"),))


def exchange_with(headers: Mapping[str, str], **more: Any) -> Exchange:
    """A request with *headers*; its context and records are not to be touched."""
    told: dict[str, Any] = {"type": "Task", "base": "http://testserver", "now": NOW} | more
    caller = Caller(client="kari", who=KARI)
    return Exchange(context=cast("Any", None), records=cast("Any", None), caller=caller, headers=headers, **told)
