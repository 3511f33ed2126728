"""Timers under abuse: several schedulers, kills, clocks set wrong, a month of downtime, a million that wait."""
