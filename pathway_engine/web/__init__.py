"""The pages that nurses work in, and the same lists as JSON."""

from __future__ import annotations

from pathway_engine.web.app import create_app
from pathway_engine.web.ports import WorklistService
from pathway_engine.web.settings import WebSettings

__all__ = ["WebSettings", "WorklistService", "create_app"]
