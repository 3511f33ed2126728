"""Logs of every release with what followed from them, so that no later release quietly changes history."""
