"""What Tidegate does, a folder a feature; each has the same rooms (docs/architecture.md)."""
