"""The pages on real databases, and in a real browser."""
