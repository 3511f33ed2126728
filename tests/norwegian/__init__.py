"""Norwegian messages through the whole engine: received, joined into stays, and receipted."""
