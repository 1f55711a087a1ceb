"""The bell rings when a ship has its berth."""

from __future__ import annotations

import subprocess


def ring(ship: str) -> str:
    done = subprocess.run(f"echo {ship} has arrived", shell=True, capture_output=True, text=True, check=True)
    return done.stdout.strip()
