"""The verdicts module on real databases, through the API."""
