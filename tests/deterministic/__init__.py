"""The whole service in a simulated world: one seed gives the same patients, faults and steps, every time."""
