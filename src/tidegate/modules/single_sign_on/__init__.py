"""Signing in through a provider of identities: OpenID Connect, or GitHub."""
