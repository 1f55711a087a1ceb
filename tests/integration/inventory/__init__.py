"""Integration tests of the inventory."""
