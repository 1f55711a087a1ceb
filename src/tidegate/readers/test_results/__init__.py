"""Readers of test results."""
