"""Verdicts: what gates said of revisions, with everything needed to say it again."""
