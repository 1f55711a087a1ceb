"""Tidegate: decides whether a release may ship, and shows that what runs is what was declared."""

__version__ = "0.1.0"
