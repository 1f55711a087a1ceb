"""`make workflows`: YAML, workflow files and shell scripts through the linters that the lock brings."""

from __future__ import annotations

import argparse
import subprocess  # nosec B404  # runs tools of the lock
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml


def workflow_files(root: Path) -> list[Path]:
    """List the workflow files of a repository."""
    folder = root / ".github" / "workflows"
    return sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])


def steps(workflow: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the job's name and the step of every step of a workflow."""
    content = yaml.safe_load(workflow.read_text()) or {}
    for name, job in (content.get("jobs") or {}).items():
        for step in job.get("steps") or ():
            yield name, step


def shell_files(root: Path) -> list[Path]:
    """List what in .ci/ and scripts/ is named `*.sh` or starts with a shell's line."""
    found = []
    for folder in (root / ".ci", root / "scripts"):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file() and (path.suffix == ".sh" or b"sh\n" in path.read_bytes()[:32]):
                found.append(path)
    return found


def run(command: Sequence[str | Path], feed: str | None = None) -> bool:
    """Run one linter and say whether it was content."""
    done = subprocess.run(
        command, check=False, input=feed, text=True
    )  # nosec B603  # no shell, tools of the lock
    print(f"{Path(command[0]).name}: {'clean' if done.returncode == 0 else 'not clean'}", flush=True)
    return done.returncode == 0


def lint(root: Path, bin_folder: Path) -> bool:
    """Run every linter, also after one that was not content."""
    workflows = workflow_files(root)
    if not workflows:
        print("there is no workflow in .github/workflows", file=sys.stderr)
        return False
    dependabot = [path] if (path := root / ".github" / "dependabot.yml").is_file() else []
    content = [
        run([bin_folder / "yamllint", "--strict", "--config-file", root / ".yamllint.yml", root]),
        run([bin_folder / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows]),
        run(
            [
                bin_folder / "zizmor",
                "--offline",
                "--no-progress",
                "--persona=pedantic",
                *workflows,
                *dependabot,
            ]
        ),
    ]
    if dependabot:
        schema = ("--builtin-schema", "vendor.dependabot")
        content.append(run([bin_folder / "check-jsonschema", *schema, *dependabot]))
    scripts = shell_files(root)
    if scripts:
        content.append(run([bin_folder / "shellcheck", "--severity=style", *scripts]))
    for workflow in workflows:
        for job, step in steps(workflow):
            if "run" in step:
                print(f"{workflow.name}, {job}: {step.get('name', step['run'])}")
                content.append(run([bin_folder / "shellcheck", "--shell=bash", "-"], f"{step['run']}\n"))
    return all(content)


def main(arguments: Sequence[str]) -> int:
    """Lint the repository that is named, or this one."""
    parser = argparse.ArgumentParser(description="Lint workflow files, YAML and shell scripts.")
    parser.add_argument("root", nargs="?", type=Path, default=Path("."))
    options = parser.parse_args(arguments)
    return 0 if lint(options.root, Path(sys.executable).parent) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
