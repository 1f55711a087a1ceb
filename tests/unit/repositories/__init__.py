"""Tests of the readers of repositories."""
