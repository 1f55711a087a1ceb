"""Probes against real targets on loopback, on both databases."""
