"""Reads a page of metrics as a test wants to ask it."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text


@dataclass(frozen=True, slots=True)
class Metrics:
    """A page: each sample's value under its name and labels."""

    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]

    @classmethod
    def of(cls, page: str) -> Metrics:
        """Read a page in either format; raises `ValueError` where it breaks it."""
        read = read_openmetrics if page.endswith("# EOF\n") else read_text
        found = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in read(page)
            for sample in family.samples
        }
        return cls(found)

    @property
    def names(self) -> set[str]:
        """The name of every sample."""
        return {name for name, _ in self.samples}

    def value(self, name: str, **labels: str) -> float:
        """Return one sample's value; raises `KeyError` where it is not there."""
        return self.samples[(name, frozenset(labels.items()))]

    def labels(self, name: str, label: str) -> set[str]:
        """Return every value that a label of this metric has."""
        return {dict(labels)[label] for found, labels in self.samples if found == name}
