"""What the leaders' pages ask of the service."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request

from pathway_engine.service.quality import ALL, MONTHS, QualityReport
from pathway_engine.service.views import Principal


class QualityService(Protocol):
    """Quality figures, already cut to the asker's own units and without small numbers."""

    def quality(
        self, who: Principal, now: datetime, *, unit: str = ALL, first: date | None = None, months: int = MONTHS
    ) -> QualityReport:
        """Return the figures. Raises NotPermitted for a unit that is not the asker's own."""


def quality_of(request: Request) -> QualityService:
    """Return the service behind the leaders' pages."""
    service: QualityService = request.app.state.service
    return service


Quality = Annotated[QualityService, Depends(quality_of)]
