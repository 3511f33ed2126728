"""The drop folder: taken once, whole, and through any crash."""
