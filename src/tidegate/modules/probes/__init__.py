"""Probes: asking targets how they are, keeping what they said, and telling it as facts."""
