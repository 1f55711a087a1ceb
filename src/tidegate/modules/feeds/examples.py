"""What the feed looks like, for the docs."""

from __future__ import annotations

FEED = """\
<?xml version='1.0' encoding='utf-8'?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>https://tidegate.example.org/verdicts</id>\
<title>Verdicts</title><updated>2026-11-21T02:30:00Z</updated></feed>"""
