"""Numbered questions put to the model: the definition of each, and what was found."""
