"""Norwegian health messages: PLO, dialogue messages and receipts, between bytes and typed records, both ways."""
