"""The pathways that ship with the program: files only, read through importlib.resources."""
