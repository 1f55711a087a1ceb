"""Integration tests of parity."""
