"""Shipping: the release script, the checks of a tag, what a deployment is held to."""
