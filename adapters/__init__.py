"""Message families, each a pair of plain functions: bytes to what happened, and records to bytes."""
