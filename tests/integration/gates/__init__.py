"""The gates module on real databases, through the API."""
