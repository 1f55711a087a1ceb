"""A gate's document as the text that a person edits: as it was written, or as YAML where it came as JSON."""

from __future__ import annotations

import json

TEMPLATE = """\
name: production
title: What may go to production
rules:
  - id: tests-pass
    title: Every test passes
    that: tests.failed == 0 && tests.errors == 0
    needs: [tests]
    max_age: 24h
"""
"""What a new gate begins with."""


def editable(source: str) -> str:
    """Return a document that was sent in as a person edits it."""
    if not source.lstrip().startswith("{"):
        return source
    try:
        document = json.loads(source)
    except ValueError:
        return source  # YAML whose mapping is written in braces
    import yaml  # see `gate_yaml`

    class Plain(yaml.SafeDumper):
        """Quotes no more than the gate's reader needs: to it every scalar is a text, and `on` a word."""

        yaml_implicit_resolvers = {
            first: [one for one in found if one[0].endswith(":null")]
            for first, found in yaml.SafeDumper.yaml_implicit_resolvers.items()
        }

    text: str = yaml.dump(document, Dumper=Plain, sort_keys=False, allow_unicode=True, width=100)
    return text
