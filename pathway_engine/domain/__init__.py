"""The rules alone: no clock, no file, no network, no database, no chance."""
