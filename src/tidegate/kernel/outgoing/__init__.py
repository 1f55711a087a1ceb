"""Requests that the server sends: the one part that makes them, and what it connects to."""
