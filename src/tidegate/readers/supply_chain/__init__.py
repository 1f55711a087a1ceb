"""Readers of what a component is made of, and of what is known about its parts."""
