"""Passkeys on real databases."""
