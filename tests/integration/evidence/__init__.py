"""The evidence module on real databases, through the API."""
