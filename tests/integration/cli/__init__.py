"""Commands against real databases."""
