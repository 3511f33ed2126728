"""FHIR R4 as plain functions over bytes and JSON: read strictly, refuse with an OperationOutcome."""
