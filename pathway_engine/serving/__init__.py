"""What runs until it is told to stop: pages, the FHIR face, listeners and workers, joined by the settings."""
