"""Berths for ships, and a bell that says so."""
