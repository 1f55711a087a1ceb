"""Readers of coverage: which lines, branches and functions were reached."""
