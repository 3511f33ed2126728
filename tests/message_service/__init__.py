"""The client of the message service, against a fake of it on this machine."""
