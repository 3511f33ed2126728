"""A made-up health community to try the program in; nobody in it exists."""
