"""Crash at every point of every kind of transaction, go on as the callers would, and end where no crash ends."""
