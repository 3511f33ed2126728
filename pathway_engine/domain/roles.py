"""The roles of people, and which of them bring somebody near to patients."""

from __future__ import annotations

HOME_CARE = frozenset({"home_care_nurse", "primary_contact", "home_care_leader", "home_care_assistant"})
WARD = frozenset({"ward_nurse"})
OFFICE = frozenset({"allocation_office", "message_responsible"})
GP_READER = "gp_reader"
DESIGNER = "designer"
AUDITOR = "auditor"
ADMIN = "admin"
OPERATOR = "operator"

WITHOUT_PATIENTS = frozenset({DESIGNER, AUDITOR, ADMIN})
"""A seat of these roles says nothing about any patient, whatever unit it is in."""

LEADERS = ("home_care_leader", "ward_leader", "message_responsible")
"""Who is told first when somebody of a unit goes past the ordinary bounds."""
