"""Passkeys: added on one's own account, and used to sign in instead of a password or after it."""
