"""Unit tests of incidents."""
