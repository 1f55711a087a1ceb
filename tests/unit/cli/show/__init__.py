"""Tests of what verdicts look like."""
