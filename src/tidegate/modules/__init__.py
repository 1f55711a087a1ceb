"""What Tidegate does, a folder a feature; each has the same layers (docs/architecture.md)."""
