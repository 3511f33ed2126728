"""The FHIR R4 face: what foreign clients read, search, write and subscribe to, under one base address."""
