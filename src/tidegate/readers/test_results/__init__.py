"""Readers of test results: which cases ran, and how each ended."""
