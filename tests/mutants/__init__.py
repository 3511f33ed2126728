"""Bugs written on purpose, each with the test that catches it: `make mutants`."""
