"""The bell rings when a ship has its berth."""

from __future__ import annotations


def ring(ship: str) -> str:
    return f"{ship} has arrived"
