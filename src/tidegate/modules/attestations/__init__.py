"""Attestations: verdicts signed, so that strangers can believe them without this server."""
