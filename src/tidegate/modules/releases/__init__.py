"""Releases: a version, a commit and a tag, made only where the gate is open."""
