"""Tests of the background work on both databases."""
