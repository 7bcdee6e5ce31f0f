"""How often the right passage is found, and how sure that is: `python -m benchmarks.answers`."""
