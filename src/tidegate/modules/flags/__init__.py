"""Feature flags: Tidegate's own experimental parts, switched by variables or by rows of a table."""
