"""Signed verdicts through the API, and before the tools of strangers."""
