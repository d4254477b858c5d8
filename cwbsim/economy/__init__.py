"""The economy: one file per actor or market, each phase a function of the world."""
