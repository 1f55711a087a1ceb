"""Unit tests of feature flags."""
