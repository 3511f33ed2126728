"""The language of pathway files: read with every mistake shown at once, checked before it runs."""
