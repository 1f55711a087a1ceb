"""Incidents: what fails for long enough, maintenance windows within which nobody is told, and objectives."""
