"""Integration tests of deployments."""
