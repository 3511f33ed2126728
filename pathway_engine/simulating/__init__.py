"""Where the engine and the simulator meet: simulated patients told by messages, and the log read as stays."""
