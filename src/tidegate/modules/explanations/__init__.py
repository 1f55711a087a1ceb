"""Verdicts in plain words, written by a language model where one is configured."""
