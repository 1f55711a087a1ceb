"""Programs that stand for ssh, docker and gh: small scripts that write down how they were called."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.checkout import ROOT


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder of programs that comes first on the path."""

    folder: Path

    @property
    def log(self) -> Path:
        """Where the programs write down how they were called."""
        return self.folder / "calls.log"

    def write(self, name: str, script: str) -> None:
        """Write a program; it first writes down its name and words, a call a line."""
        path = self.folder / name
        path.write_text(f'#!/usr/bin/env bash\necho "{name} $*" >>"{self.log}"\n{script}\n')
        path.chmod(0o755)

    def calls(self) -> list[str]:
        """Return how the programs were called."""
        return self.log.read_text().splitlines() if self.log.is_file() else []

    def run(self, script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one of scripts/ with these variables."""
        dropped = ("GITHUB_", "DEPLOY_", "GIT_DIR", "GIT_INDEX")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        return subprocess.run(
            [str(ROOT / "scripts" / script), *arguments],
            env={**kept, "PATH": f"{self.folder}{os.pathsep}{kept['PATH']}", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
