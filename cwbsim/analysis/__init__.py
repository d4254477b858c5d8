"""What is asked of many runs: comparison, and the workers that run them."""
