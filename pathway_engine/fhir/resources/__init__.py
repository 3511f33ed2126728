"""Every resource type that is served, a file each."""

from __future__ import annotations

from collections.abc import Mapping

from pathway_engine.fhir.resources.task import TASK
from pathway_engine.fhir.served import Served

SERVED: Mapping[str, Served] = {each.type: each for each in (TASK,)}
"""By type."""
