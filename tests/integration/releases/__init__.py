"""The releases module on real databases, through the API."""
