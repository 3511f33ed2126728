"""The threads of a running program: each keeps asking for one thing that may have become due."""
