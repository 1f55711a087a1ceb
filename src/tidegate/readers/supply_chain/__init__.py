"""Readers of what a release is made of and where it comes from: dependencies, bills of materials, provenance."""
