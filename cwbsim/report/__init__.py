"""Results as text, picture and folder."""
