"""Backups: taken by people, every night and before migrations; restored as a test every week."""
