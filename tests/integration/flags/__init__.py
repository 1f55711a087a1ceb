"""Integration tests of feature flags."""
