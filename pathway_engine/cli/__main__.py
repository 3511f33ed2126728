"""Lets `python -m pathway_engine.cli` do what `pathway` does."""

from pathway_engine.cli import main

main(prog_name="pathway")
