"""`make api-clients`: linters and generated clients take the API's document and do the main job with it.

Each consumer is a tool that others use. One that this machine does not have says NOT RUN and why.
"""

from __future__ import annotations

import os
import shutil
import subprocess  # nosec B404  # runs the tools that the lock files name
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import requests

from scripts.api_clients.job import commit_of
from scripts.outcome import not_run
from scripts.serve import running

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "scripts" / "api_clients"
NPM = Path(".tools") / "api-clients"
LIMIT = 300  # seconds that a tool may take
_QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}

# It sends no YAML, and generates these operations for JSON.
_KNOWN_WARNINGS = {
    "WARNING parsing POST /api/v1/gate-lint within gates.",
    "WARNING parsing PUT /api/v1/gates/{gate} within gates.",
}

Which = Callable[[str], str | None]


class NotHere(Exception):
    """Why a consumer cannot run on this machine."""


class Refused(Exception):
    """A consumer does not get along with the document, or with the server; holds what it said."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a consumer works: the server's URL, its document, a folder of its own."""

    url: str
    document: Path
    folder: Path
    which: Which = shutil.which

    def run(self, *command: str, **environment: str) -> str:
        """Run a tool in the folder and return what it printed; raises `Refused` with that where it fails."""
        done = subprocess.run(  # nosec B603  # no shell
            command,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=self.folder,
            env={**os.environ, **_QUIET, **environment},
            timeout=LIMIT,
        )
        if done.returncode != 0:
            raise Refused(f"{Path(command[0]).name} ended with {done.returncode}:\n{done.stdout[-4000:]}")
        return done.stdout

    def run_python(self, module: str) -> None:
        """Run a driver of ours with the generated package beside it."""
        self.run(sys.executable, "-m", module, self.url, PYTHONPATH=f"{self.folder}{os.pathsep}{ROOT}")

    def tool(self, name: str) -> str:
        """Return a tool that npm brings; raises `NotHere`."""
        return str(npm_packages(self.which) / ".bin" / name)


def npm_packages(which: Which, root: Path = ROOT) -> Path:
    """Return the packages of package-lock.json, fetched where they are not there; raises `NotHere`."""
    folder = root / NPM
    npm = which("npm")
    if which("node") is None or npm is None:
        raise NotHere("Node.js with npm is not on this machine")
    locked = HERE / "package-lock.json"
    kept = folder / "package-lock.json"
    if kept.is_file() and kept.read_bytes() == locked.read_bytes() and (folder / "complete").is_file():
        return folder / "node_modules"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "complete").unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(  # nosec B603  # no shell
            command, check=False, capture_output=True, text=True, cwd=folder, timeout=LIMIT
        )
    except subprocess.TimeoutExpired:
        raise NotHere(f"npm did not bring the locked packages within {LIMIT} s") from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it does not say why"]
        raise NotHere(f"npm cannot bring the locked packages: {lines[0]}")
    (folder / "complete").touch()
    return folder / "node_modules"


def spectral(place: Place) -> None:
    """Lint the document with spectral; warnings count."""
    rules = str(HERE / "spectral.yml")
    place.run(
        place.tool("spectral"), "lint", "--ruleset", rules, "--fail-severity", "warn", str(place.document)
    )


def redocly(place: Place) -> None:
    """Lint the document with redocly; warnings count."""
    place.run(place.tool("redocly"), "lint", "--extends", "recommended-strict", str(place.document))


def openapi_python_client(place: Place) -> None:
    """Generate a client with openapi-python-client, and do the main job with it; unknown warnings count."""
    if find_spec("openapi_python_client") is None:
        raise NotHere("openapi-python-client is not installed: make setup")
    tool = str(Path(sys.executable).parent / "openapi-python-client")
    command = [tool, "generate", "--path", str(place.document), "--meta", "none"]
    command += ["--config", str(HERE / "openapi_python_client.yml")]
    said = place.run(*command, "--output-path", "openapi_python_client_made")
    warnings = {line for line in said.splitlines() if line.startswith(("WARNING", "ERROR"))}
    if unknown := warnings - _KNOWN_WARNINGS:
        raise Refused("\n".join([*sorted(unknown), said[-4000:]]))
    place.run_python("scripts.api_clients.with_openapi_python_client")


def openapi_generator(place: Place) -> None:
    """Generate a client in Python with openapi-generator, and do the main job with it."""
    if find_spec("openapi_generator_cli") is None:
        raise NotHere("openapi-generator-cli is not installed: uv sync --group clients")
    if place.which("java") is None:
        raise NotHere("openapi-generator needs Java, which is not on this machine")
    tool = str(Path(sys.executable).parent / "openapi-generator-cli")
    package = "--additional-properties=packageName=openapi_generator_made"
    place.run(tool, "generate", "-i", str(place.document), "-g", "python", "-o", ".", package)
    place.run_python("scripts.api_clients.with_openapi_generator")


def openapi_typescript(place: Place) -> None:
    """Make types with openapi-typescript, check our driver against them, and do the main job with it."""
    tool = place.tool("openapi-typescript")
    place.run(tool, str(place.document), "--output", "openapi.ts")
    shutil.copy(HERE / "main_job.ts", place.folder)
    (place.folder / "package.json").write_text('{"type": "module"}\n', "utf-8")
    (place.folder / "node_modules").symlink_to(npm_packages(place.which))
    strict = [
        "--strict",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--skipLibCheck",
        "--lib",
        "es2022,dom",
    ]
    place.run(place.tool("tsc"), *strict, "main_job.ts")
    node = place.which("node") or "node"
    place.run(node, "main_job.js", place.url, commit_of("openapi-typescript"))


CONSUMERS: tuple[Callable[[Place], None], ...] = (
    spectral,
    redocly,
    openapi_python_client,
    openapi_generator,
    openapi_typescript,
)


def check(
    url: str, consumers: Sequence[Callable[[Place], None]] = CONSUMERS, which: Which = shutil.which
) -> int:
    """Let every consumer have the document of the server at this URL; returns the exit code."""
    document = requests.get(f"{url}/openapi.json", timeout=30).content
    code = 0
    for consumer in consumers:
        name = consumer.__name__.replace("_", "-")
        with tempfile.TemporaryDirectory(prefix="tidegate-client-") as folder:
            place = Place(url, Path(folder) / "openapi.json", Path(folder), which)
            place.document.write_bytes(document)
            try:
                consumer(place)
            except NotHere as why:
                code = max(code, not_run("api-clients", f"{name}: {why}"))
            except (Refused, subprocess.TimeoutExpired) as why:
                print(f"FAIL {name}: {why}", flush=True)
                code = 1
            else:
                print(f"ok   {name}", flush=True)
    return code


def main() -> int:
    """Serve Tidegate, and let every consumer have it."""
    with running() as url:
        return check(url)


if __name__ == "__main__":
    sys.exit(main())
