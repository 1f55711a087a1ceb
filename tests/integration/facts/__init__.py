"""Integration tests of facts."""
