"""Community wealth building, simulated."""
