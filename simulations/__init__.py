"""Beds and staff over many simulated patients who take the moves and steps of a real pathway."""
