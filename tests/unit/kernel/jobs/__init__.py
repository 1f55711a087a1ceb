"""Tests of the background work without a database."""
