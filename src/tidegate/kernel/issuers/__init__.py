"""Issuers of OpenID Connect: what they publish, kept while they are away, and the tokens that they sign."""
