"""Measurements of Deskhand that anybody can repeat: `python -m benchmarks`."""
