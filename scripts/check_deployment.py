"""`make deployment`: Dockerfile, compose files and Nginx's through linters, and held to the house's rules."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess  # nosec B404  # runs tools of the lock and the machine's docker
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from scripts.outcome import not_run
from tidegate.settings import Settings

NAME = "deployment"
# The combinations that docs/deploy-compose.md names, with the variables that they need.
COMBINATIONS = (
    ("compose.yml",),
    ("compose.yml", "compose.override.yml"),
    ("compose.yml", "compose.staging.yml"),
    ("compose.yml", "compose.sqlite.yml"),
    ("compose.yml", "compose.tls.yml"),
    ("compose.yml", "compose.traefik.yml"),
)
VARIABLES = {"TIDEGATE_HOST": "gate.example.org", "ACME_EMAIL": "ops@example.org"}
_UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}


class _Loader(yaml.SafeLoader):
    """Reads compose files: their tags `!override` and `!reset` say how files are merged, not what is in."""


def _plain(loader: _Loader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return None


_Loader.add_multi_constructor("!", _plain)


def read(path: Path) -> dict[str, Any]:
    """Read a compose file."""
    loader = _Loader(path.read_text("utf-8"))
    try:
        found: dict[str, Any] = loader.get_single_data()
    finally:
        loader.dispose()
    return found


def dockerfile(root: Path) -> Iterator[str]:
    """Yield what is wrong with the Dockerfile that no linter knows."""
    text = (root / "Dockerfile").read_text("utf-8")
    if re.search(r"^#\s*syntax\s*=", text, re.M):
        yield "Dockerfile: a `# syntax=` line would fetch another builder at every build"
    wanted = re.findall(r"^UV_VERSION := (\S+)", (root / "Makefile").read_text("utf-8"), re.M)
    if re.findall(r"^ARG UV_VERSION=(\S+)", text, re.M) != wanted:
        yield f"Dockerfile: UV_VERSION is not the Makefile's ({', '.join(wanted)})"
    if not re.search(r"^HEALTHCHECK .*--interval=30s", text, re.M):
        yield "Dockerfile: no HEALTHCHECK every 30 seconds"


def services(file: str, document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the services of a compose file that stands by itself."""
    for name, service in document["services"].items():
        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        once = service.get("restart") == "no"
        rules = {
            "has no limits of cpus and memory": {"cpus", "memory"} <= set(limits),
            "may write to its root": service.get("read_only") is True,
            "keeps capabilities": service.get("cap_drop") == ["ALL"],
            "may gain privileges": "no-new-privileges:true" in service.get("security_opt", ()),
            "has no health check": once or "build" in service or "test" in service.get("healthcheck", {}),
            "is published": name == "proxy" or not service.get("ports"),
            "names no tag of its image": ":" in str(service.get("image", "")),
        }
        yield from (f"{file}: {name} {fault}" for fault, kept in rules.items() if not kept)
        for variable in service.get("environment") or {}:
            if re.search("PASSWORD|SECRET_KEY|DATABASE_URL", variable) and not variable.endswith("_FILE"):
                yield f"{file}: {name} is given {variable} as it is; name a file (secrets)"


def networks(file: str, document: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the database can be reached from the proxy, or can reach out."""
    found = {
        name: set(service.get("networks") or ("default",)) for name, service in document["services"].items()
    }
    shared = found["proxy"] & found["postgres"]
    if shared:
        yield f"{file}: proxy and postgres share a network: {', '.join(sorted(shared))}"
    for name in sorted(found["postgres"]):
        if not (document.get("networks", {}).get(name) or {}).get("internal"):
            yield f"{file}: the database's network {name} is not internal"


def traefik(root: Path) -> Iterator[str]:
    """Yield what Traefik must not be given."""
    proxy = read(root / "compose.traefik.yml")["services"]["proxy"]
    for mount in proxy["volumes"]:
        if "docker.sock" in mount and not mount.endswith(":ro"):
            yield "compose.traefik.yml: the engine's socket is mounted to be written"
    command = set(proxy["command"])
    if "--api=false" not in command or any("insecure=true" in word for word in command):
        yield "compose.traefik.yml: Traefik's own API is open"
    if "--providers.docker.exposedbydefault=false" not in command:
        yield "compose.traefik.yml: every container is exposed unless it says no"


def nginx(root: Path) -> Iterator[str]:
    """Yield where Nginx would refuse a report that Tidegate takes."""
    text = (root / "deploy/nginx/site.conf").read_text("utf-8")
    number, unit = re.findall(r"^client_max_body_size (\d+)([kmg]);", text, re.M)[0]
    if int(number) * _UNITS[unit] < Settings().largest_body:
        yield "deploy/nginx/site.conf: client_max_body_size is below a form of MAX_SUBMISSION_BYTES"


def faults(root: Path) -> list[str]:
    """Return everything that breaks a rule of the house."""
    main = read(root / "compose.yml")
    return [
        *dockerfile(root),
        *services("compose.yml", main),
        *networks("compose.yml", main),
        *traefik(root),
        *nginx(root),
    ]


def run(command: Sequence[str | Path], folder: Path, variables: Mapping[str, str] | None = None) -> bool:
    """Run one tool and say whether it was content."""
    done = subprocess.run(  # nosec B603  # no shell, tools of the lock and docker
        command,
        cwd=folder,
        check=False,
        env=variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    print(f"{Path(command[0]).name}: {'clean' if done.returncode == 0 else 'not clean'}")
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0


def lint(root: Path, tools: Path) -> bool:
    """Run the linters that the lock brings, also after one that was not content."""
    with tempfile.TemporaryDirectory(prefix="tidegate-compose-") as folder:
        plain = []
        for path in sorted(root.glob("compose*.yml")):
            plain.append(Path(folder) / f"{path.stem}.json")
            plain[-1].write_text(json.dumps(read(path)), "utf-8")
        schema = ("--builtin-schema", "vendor.compose-spec")
        content = [
            run([tools / "hadolint", "Dockerfile"], root),
            run([tools / "check-jsonschema", *schema, *plain], root),
            run([tools / "shellcheck", "--severity=style", *sorted((root / "deploy").rglob("*.sh"))], root),
        ]
    return all(content)


def combine(root: Path, docker: str) -> bool:
    """Let compose itself put every combination together."""
    ours = ("COMPOSE_", "TIDEGATE_")
    given = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    content = True
    for files in COMBINATIONS:
        chosen = [word for file in files for word in ("--file", file)]
        print(" + ".join(files), end=": ")
        content = run([docker, "compose", *chosen, "config", "--quiet"], root, given | VARIABLES) and content
    return content


def main(root: Path, docker: str | None) -> int:
    """Check the deployment of a repository; 1 where something is wrong."""
    found = faults(root)
    for fault in found:
        print(fault)
    clean = lint(root, Path(sys.executable).parent) and not found
    version = [docker or "docker", "compose", "version"]
    if docker is None or subprocess.run(version, check=False).returncode:  # nosec B603  # no shell
        code = not_run(NAME, "docker compose is not on this machine, so it did not put the files together")
        return code if clean else 1
    return 0 if combine(root, docker) and clean else 1


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent, shutil.which("docker")))
