"""How fast cwbsim is, always beside something else timed in the same run: `python -m benchmarks`."""
