"""Places: their profiles, and the starting world built from one."""
