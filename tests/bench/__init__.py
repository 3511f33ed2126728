"""How fast the program is: measured in one run, printed, and written to docs/benchmarks.md by `make bench`."""
