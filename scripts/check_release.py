"""`make release-check TAG=prod/v1.0.0`: everything that the release script asks, asked again of a pushed tag.

A tag that was made by hand goes through the same checks. The verdict is not among them: the pipeline makes
its own reports and has them judged before anything is built.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.git import GitFailed, GitRepository
from scripts.release import checks
from scripts.release.checks import Refusal
from tidegate.domain.errors import Invalid
from tidegate.domain.versions import Version


def refusals(repository: GitRepository, tag: str, remote_name: str) -> Iterator[Refusal]:
    """Yield everything that stands against a tag; raises `GitFailed` where git cannot be asked."""
    try:
        version = Version.of_tag(tag)
    except Invalid as bad:
        yield Refusal(str(bad), "take the tag back, and release with scripts/create-prod-release.sh")
        return
    commit = repository.ask("rev-parse", "--verify", "HEAD")
    remote = checks.ask_remote(repository, remote_name)
    yield from checks.tagged(repository, commit, version, remote)
    yield from checks.order(version, {name: 0 for name in remote.tags if name != tag})
    yield from checks.content(repository, commit, version)


def main(arguments: Sequence[str], root: Path) -> int:
    """Check a tag; in GitHub Actions its version is handed to the steps and jobs that follow."""
    parser = argparse.ArgumentParser(description="Check a release tag that was pushed.")
    parser.add_argument("tag")
    parser.add_argument("--remote", default="origin")
    options = parser.parse_args(arguments)
    try:
        found = list(refusals(GitRepository(root), options.tag, options.remote))
    except GitFailed as failed:
        print(f"The tag cannot be checked, so nothing is released: {failed}", file=sys.stderr)
        return 2
    for refusal in found:
        print(refusal, file=sys.stderr)
    if found:
        return 1
    version = Version.of_tag(options.tag)
    print(f"{options.tag} is in order: version {version}.")
    if out := os.environ.get("GITHUB_OUTPUT"):
        with Path(out).open("a", encoding="utf-8") as file:
            file.write(f"version={version}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path.cwd()))
