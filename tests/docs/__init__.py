"""Pages about the whole program, held true: `python -m tests.docs` writes the tables of docs/conformance.md anew."""
