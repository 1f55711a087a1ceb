"""The readers on hostile, broken and very large input."""
