"""Tests of what a client may ask of a worker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.fakes.web import settings_for
from tidegate.gunicorn_worker.limits import ClientLimits


class TestFolder:
    def test_lies_with_the_data(self, tmp_path: Path) -> None:
        settings = settings_for(tmp_path)

        assert ClientLimits.of(settings).folder == settings.data_dir / "incoming"

    def test_is_looked_for_when_it_is_needed(self) -> None:
        # Under a read-only root there may be no place for temporary files.
        program = (
            "import tempfile\n"
            "tempfile._candidate_tempdir_list = lambda: []\n"
            "from tidegate.gunicorn_worker.limits import ClientLimits\n"
            "try:\n"
            "    ClientLimits()\n"
            "except FileNotFoundError:\n"
            "    print('none')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
        )

        assert (done.returncode, done.stdout, done.stderr) == (0, "none\n", "")
