"""The HPH job, eight operations a patient, done in four ways on the same databases."""
