"""Readers of what a release is made of: dependencies, bills of materials, provenance."""
