"""Parity: reports of what differs between two sides of facts, and what people do about it."""
