"""Tidegate: decides whether a release may ship, and shows that what runs is what was declared."""
