"""Pathway Engine: runs declarative patient pathways from hospital to home."""

__version__ = "0.1.0"
