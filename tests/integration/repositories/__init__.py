"""Integration tests of reading repositories elsewhere."""
