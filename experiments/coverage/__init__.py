"""How often a 95 % interval over seeds holds the truth, outcome by outcome."""
