"""Integration tests of incidents."""
