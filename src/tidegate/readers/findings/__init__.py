"""Readers of findings in sources: linters, type checkers, static analysis, secrets."""
