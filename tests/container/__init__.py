"""The Dockerfile and compose.yaml, read, and tried step by step without a container daemon."""
