"""Findings the model is held to: what was published, what the model says, and whether they agree."""
