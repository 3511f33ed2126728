"""HL7 v2 ADT messages from a hospital: read into what happened, and answered."""
