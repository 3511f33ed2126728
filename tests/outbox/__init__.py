"""Outgoing messages: at least once, in order for each patient, until somebody has answered for them."""
