"""Figures for those who watch the program: counts, ages and durations, never anything about anybody."""
