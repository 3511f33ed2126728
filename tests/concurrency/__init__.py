"""Many who write to one task at once: one wins, the others are told who did; and a retry is no second write."""
