"""How often Deskhand is right, beside what others would build: `python -m benchmarks.accuracy`."""
