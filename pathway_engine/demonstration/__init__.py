"""A made-up community with its patients, for people who want to see the program before they trust it."""
