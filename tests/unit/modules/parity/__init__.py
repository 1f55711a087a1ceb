"""Unit tests of parity."""
