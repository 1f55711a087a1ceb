"""Backups against real databases."""
