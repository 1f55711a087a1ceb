"""Integration tests of reading from a replica."""
