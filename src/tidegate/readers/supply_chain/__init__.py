"""Readers of what a component is made of: dependencies, SBOM, provenance."""
