"""Deployments: what pipelines put into environments, and what targets declare by it."""
