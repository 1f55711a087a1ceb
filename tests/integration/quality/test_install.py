"""The README's one line of installation, from this checkout, into an environment of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support import checkout

UV = checkout.ROOT / ".tools" / "bin" / "uv"


@pytest.mark.skipif(not UV.exists(), reason="`make setup` has not installed uv into .tools")
def test_one_line_installs_a_command_that_works(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    command = [str(UV), "tool", "install", "--quiet", str(checkout.ROOT)]
    subprocess.run(command, env=environment, check=True, timeout=300)
    project = tmp_path / "project"
    project.mkdir()
    (project / "junit.xml").write_text('<testsuite tests="1"><testcase classname="t" name="a"/></testsuite>')
    tidegate = str(tmp_path / "bin" / "tidegate")
    subprocess.run([tidegate, "init"], cwd=project, check=True, timeout=60)
    done = subprocess.run([tidegate, "check", "junit.xml"], cwd=project, check=False, timeout=60)
    assert done.returncode == 0
