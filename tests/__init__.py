"""The tests, as a package of its own: a library of theirs may bring one of the same name."""
