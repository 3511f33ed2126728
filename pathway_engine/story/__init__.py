"""The whole story in one run: hospitals, a municipality, nurses and a program, from the October night to Christmas."""
