"""Notifications: channels, the outbox of events, and their delivery."""
