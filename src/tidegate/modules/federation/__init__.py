"""Machines without secrets: trusted publishers, and the exchange of their jobs' tokens."""
