"""`scripts/create-prod-release.sh VERSION`: check everything, show what will happen, tag, push.

Exit codes: 0 released (with --dry-run: would be), 1 refused, 2 wrong use, 3 the tag could not be made or
pushed and none is left behind, 4 you said no, 130 interrupted and none is left behind.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts import verdict
from scripts.evidence import REPORTS
from scripts.git import GitFailed, GitRepository
from scripts.release import checks
from scripts.release.changelog import section
from scripts.release.checks import BRANCH, TAGS, Refusal, Remote
from scripts.release.judgement import ReleaseJudge
from scripts.release.versions import NotAVersion, read_version
from tidegate.cli.client import NotReached, Refused, Server
from tidegate.domain.errors import Invalid
from tidegate.domain.versions import Version

RELEASED, REFUSED, WRONG_USE, NOT_PUSHED, DECLINED, INTERRUPTED = 0, 1, 2, 3, 4, 130
_SIGNATURE = " SIGNATURE-----"
_PASSWORD = re.compile(r"(?<=://)[^/@]*@")

Ask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Release:
    """What is to be released, from where, to which remote."""

    repository: GitRepository
    version: Version
    commit: str
    remote: Remote

    @property
    def signs(self) -> bool:
        """Whether git is told of a key: then the tag is signed."""
        wish = self.repository.answers("config", "--type=bool", "tag.gpgSign")
        return wish == "true" or (wish is None and bool(self.repository.answers("config", "user.signingKey")))

    @property
    def notes(self) -> str:
        """The notes, as the changelog has them."""
        text = self.repository.ask("show", f"{self.commit}:CHANGELOG.md")
        return section(text, str(self.version)).notes


def refusals(repository: GitRepository, version: Version, commit: str, remote: Remote) -> Iterator[Refusal]:
    """Yield everything that stands against the release, but the verdict."""
    yield from checks.checkout(repository)
    yield from checks.pushed(repository, commit, remote)
    yield from checks.content(repository, commit, version)
    taken = list(checks.free(repository, version, remote))
    yield from taken
    if not taken:
        here = dict.fromkeys(repository.ask("tag", "--list", "prod/*").splitlines())
        yield from checks.order(version, {**here, **remote.tags})
    if repository.answers("var", "GIT_COMMITTER_IDENT") is None:
        yield Refusal(
            "git does not know who you are.", 'git config user.name "…" and git config user.email "…"'
        )


def show(release: Release) -> None:
    """Tell what is about to happen."""
    repository, version = release.repository, release.version
    url = repository.answers("remote", "get-url", "--push", release.remote.name) or ""
    last = checks.versions(release.remote.tags)
    kind = "annotated and signed" if release.signs else "annotated, not signed: git is told of no key"
    print(f"\nRelease {version}, from {BRANCH}")
    print(f"  commit  {release.commit[:12]}  {repository.ask('log', '-1', '--format=%s', release.commit)}")
    print(f"  tag     {version.tag}  ({kind})")
    print(f"  push    to {release.remote.name}  {_PASSWORD.sub('', url)}")
    print(f"  before  {last[-1].tag if last else 'nothing: it is the first release'}")
    print("  notes")
    for line in release.notes.splitlines():
        print(f"    {line}".rstrip())
    print("\nThe pushed tag starts the pipeline, which checks all of this again, builds and deploys.")


def make_and_push(release: Release) -> int:
    """Make the tag and push it; whatever goes wrong, no tag is left that is not on the remote."""
    repository, tag, remote = release.repository, release.version.tag, release.remote.name
    message = f"Tidegate {release.version}\n\n{release.notes}"
    kind = "--sign" if release.signs else "--annotate"
    try:
        repository.ask("tag", kind, "--cleanup=verbatim", "--message", message, tag, release.commit)
        if release.signs and _SIGNATURE not in repository.ask("cat-file", "tag", tag):
            # git 2.39 makes an unsigned tag and is content when an SSH key cannot be used.
            _forget(repository, tag)
            raise GitFailed("git could not sign it with the key of user.signingKey")
    except GitFailed as failed:
        print(f"The tag could not be made, and nothing was pushed: {failed}", file=sys.stderr)
        print("Look at git's settings of user and key, then release again.", file=sys.stderr)
        return NOT_PUSHED
    except KeyboardInterrupt:
        _forget(repository, tag)
        raise
    try:
        repository.ask("push", remote, f"{TAGS}{tag}:{TAGS}{tag}")
    except (GitFailed, KeyboardInterrupt) as failed:
        return _settle(release, failed)
    print(f"{tag} is on {remote}: the pipeline has it from here (docs/release.md).")
    return RELEASED


def _settle(release: Release, failed: BaseException) -> int:
    """After a push that ended badly, hold what is here to what the remote has, and say which it is."""
    repository, tag, name = release.repository, release.version.tag, release.remote.name
    why = "You interrupted the push." if isinstance(failed, KeyboardInterrupt) else f"git push: {failed}"
    try:
        arrived = tag in checks.ask_remote(repository, name).tags
    except GitFailed:
        _forget(repository, tag)
        print(f"{why}\n{name} does not answer, so nobody can tell whether the tag arrived.", file=sys.stderr)
        print(f"The tag here is removed. Look at: git ls-remote {name} {TAGS}{tag}", file=sys.stderr)
        return NOT_PUSHED
    if arrived:
        print(f"{why}\nThe tag arrived all the same: {tag} is on {name}, and the pipeline has it.")
        return RELEASED
    _forget(repository, tag)
    print(f"{why}\nThe tag is not on {name}, and the one here is removed: nothing is left.", file=sys.stderr)
    print("Fix what git says, then release again.", file=sys.stderr)
    return INTERRUPTED if isinstance(failed, KeyboardInterrupt) else NOT_PUSHED


def _forget(repository: GitRepository, tag: str) -> None:
    repository.answers("tag", "--delete", tag)


def release(options: argparse.Namespace, ask: Ask | None) -> int:
    """Go through a release, from the first check to the push."""
    try:
        version = read_version(options.version, "scripts/create-prod-release.sh ")
    except NotAVersion as bad:
        return _refused([Refusal(str(bad), bad.suggestion)])
    repository = GitRepository(options.root)
    commit = repository.ask("rev-parse", "--verify", "HEAD")
    remote_name = options.remote or repository.answers("config", f"branch.{BRANCH}.remote") or "origin"
    try:
        remote = checks.ask_remote(repository, remote_name)
    except GitFailed as failed:
        fix = f"git remote -v shows what there is; git ls-remote {remote_name} must answer"
        return _refused([Refusal(f"{remote_name} cannot be asked: {failed}", fix)])
    found = list(refusals(repository, version, commit, remote)) or list(checks.targets(options.root))
    if found:
        return _refused(found)
    judge = ReleaseJudge(options.root, options.reports, options.server)
    closed = judge.refusal(commit)
    if closed:
        return _refused([closed])
    wanted = Release(repository, version, commit, remote)
    show(wanted)
    if options.dry_run:
        print(f"A dry run: {version.tag} was neither made nor pushed.")
        return RELEASED
    if not options.yes and not _agreed(ask):
        print("Nothing was made, nothing was pushed.")
        return WRONG_USE if ask is None else DECLINED
    outcome = make_and_push(wanted)
    if outcome == RELEASED:
        if options.server:
            record(wanted, options.server)
        _print_what_next(wanted)
    return outcome


def record(release: Release, url: str) -> None:
    """Let the server know of the release that is pushed; what goes wrong is said with the way to repeat."""
    version, environment = str(release.version), verdict.ENVIRONMENT
    path = ("components", verdict.COMPONENT, "releases")
    document = {
        "version": version,
        "revision": release.commit,
        "environment": environment,
        "notes": release.notes,
    }
    try:
        Server(url).send("POST", *path, document=document)
    except (Invalid, NotReached, Refused) as failed:
        command = f"tidegate release create {version} --server {url} --component {verdict.COMPONENT}"
        print(f"{url} does not know of the release: {failed}", file=sys.stderr)
        print(f"Tell it: {command} --revision {release.commit}", file=sys.stderr)
    else:
        print(f"{url} knows of the release {version}.")


def _print_what_next(release: Release) -> None:
    """Say how to watch the pipeline, and how to take the release back."""
    tag, remote = release.version.tag, release.remote.name
    print(
        '\nWatch it:      gh run watch "$(gh run list --workflow release.yml --limit 1 --json databaseId ',
        end="",
    )
    print("--jq '.[0].databaseId')\"")
    print(f"Take it back:  before it is deployed, git push {remote} :{TAGS}{tag} && git tag -d {tag}")
    print("               after that, make roll-back (docs/release.md), and release the next version")


def _refused(found: Sequence[Refusal]) -> int:
    for refusal in found:
        print(refusal, file=sys.stderr)
    print(f"Not released: {len(found)} in the way. Nothing was made, nothing was pushed.", file=sys.stderr)
    return REFUSED


def _agreed(ask: Ask | None) -> bool:
    if ask is None:
        print("Nobody is at the terminal to be asked: say --yes, or --dry-run.", file=sys.stderr)
        return False
    return ask("Make and push the tag? [y/N] ").strip().lower() in ("y", "yes")


def main(arguments: Sequence[str], root: Path, ask: Ask | None = None) -> int:
    """Release a version from the repository in `root`; `ask` is how a person is asked, if one is there."""
    parser = argparse.ArgumentParser(
        prog="scripts/create-prod-release.sh",
        description="Check, tag and push a production release; the pipeline ships it.",
        epilog="Exit codes: 0 released, or would be; 1 refused; 2 wrong use; 3 tag not made or not pushed; "
        "4 you said no; 130 interrupted. Nothing is left half-done.",
    )
    parser.add_argument("version", help="MAJOR.MINOR.PATCH, without the v")
    parser.add_argument("--dry-run", action="store_true", help="check and show all, make and push nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--remote", help=f"where to push; if left out, where {BRANCH} comes from, or origin")
    parser.add_argument("--reports", type=Path, default=root / REPORTS, help="reports to judge (.reports)")
    parser.add_argument(
        "--server",
        default=os.environ.get("TIDEGATE_URL") or os.environ.get("TIDEGATE_SERVER"),
        metavar="URL",
        help="the Tidegate server to ask (TIDEGATE_URL); without one, or when it is down, reports decide",
    )
    options = parser.parse_args(arguments, argparse.Namespace(root=root))
    try:
        return release(options, ask)
    except GitFailed as failed:
        print(f"This is no repository that can be released from: {failed}", file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        print("\nInterrupted: nothing was made, nothing was pushed.", file=sys.stderr)
        return INTERRUPTED


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    # Who ends this ends it as Ctrl-C does: what is half-done is undone first.
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main(sys.argv[1:], Path.cwd(), input if sys.stdin.isatty() else None))
