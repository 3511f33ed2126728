"""Pictures of the real pages, from the demonstration's data."""
