"""Inputs that nobody would write, a million of them: each is taken or refused, quickly, and none escapes."""
