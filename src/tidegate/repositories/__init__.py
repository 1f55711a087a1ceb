"""Readers of repositories: Dockerfile, compose, workflows, Procfile, health checks in Python."""
