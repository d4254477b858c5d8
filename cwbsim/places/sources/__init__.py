"""Readers of official and public tables, one file a subject; used only when a profile is compiled."""
