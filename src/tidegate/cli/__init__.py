"""The `tidegate` command, a file per group of commands."""
