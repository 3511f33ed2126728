"""Cut the power under SQLite and fill its disk: what was acknowledged stays, and nothing else is damaged."""
