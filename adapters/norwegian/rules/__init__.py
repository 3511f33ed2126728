"""The rules beyond the schema: what a message breaks, by rules that are data and settings that are agreed."""

from adapters.norwegian.rules.addressing import ADDRESSING
from adapters.norwegian.rules.documents import DOCUMENTS
from adapters.norwegian.rules.events import EVENTS
from adapters.norwegian.rules.identity import IDENTITY
from adapters.norwegian.rules.rule import ERRORS, LEVELS, Finding, Rule, Subject, findings
from adapters.norwegian.rules.types import TYPES

__all__ = ["ERRORS", "LEVELS", "RULES", "TYPES", "Finding", "Rule", "Subject", "findings"]

RULES: tuple[Rule, ...] = (*ADDRESSING, *IDENTITY, *EVENTS, *DOCUMENTS)
"""Every rule, in the order in which a receipt names them."""
