"""Tests of machines that need no secret, on real databases and against a real issuer."""
