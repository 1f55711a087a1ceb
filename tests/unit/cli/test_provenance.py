"""Provenance in `tidegate check` and `tidegate read`: it counts with its key and for its commit alone."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result

from tests.support.attestations import KEY
from tests.support.provenance import (
    BUILDER,
    COMMIT,
    ED25519,
    OTHER_COMMIT,
    P256,
    SHA256,
    bundle,
    envelope,
    pem,
    statement,
    tampered,
)
from tests.unit.cli.workspace import Workspace
from tidegate.domain.effective_reports import PROVE

GATE = f"""\
name: production
rules:
  - id: built-by-ours
    that: provenance.subjects >= 1 && provenance.unpinned == 0
    needs: [provenance/{BUILDER}]
    max_age: 7d
"""
AT = "2026-11-21T00:00:00Z"


@pytest.fixture
def folder(tmp_path: Path) -> Workspace:
    """Return a folder with a gate over provenance, the keys, and provenance that one of them signed."""
    workspace = Workspace(tmp_path)
    workspace.write("gate.yml", GATE)
    workspace.write("builder.pem", pem(ED25519))
    workspace.write("other.pem", pem(P256))
    _write(workspace, envelope())
    return workspace


def _write(workspace: Workspace, report: object) -> None:
    made = workspace.write("provenance.json", json.dumps(report))
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
    os.utime(made, (noon, noon))


GIVEN = ("check", "--gate", "gate.yml", "provenance.json", "--at", AT)


def _check(workspace: Workspace, *more: str, revision: str = COMMIT) -> Result:
    return workspace.run(*GIVEN, "--revision", revision, *more)


class TestCheck:
    @pytest.mark.parametrize("report", [envelope(), bundle()])
    def test_passes_with_the_builder_s_key(self, folder: Workspace, report: object) -> None:
        _write(folder, report)
        assert _check(folder, "--provenance-key", "builder.pem").exit_code == 0
        assert (
            _check(folder, "--provenance-key", "other.pem", "--provenance-key", "builder.pem").exit_code == 0
        )

    @pytest.mark.parametrize("name", ["PROVENANCE_KEYS", "TIDEGATE_PROVENANCE_KEYS"])
    def test_takes_the_keys_from_the_setting_s_variable(
        self, folder: Workspace, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, "other.pem, builder.pem")
        assert _check(folder).exit_code == 0

    @pytest.mark.parametrize(
        ("report", "options", "words"),
        [
            (envelope(), (), "for want of a key"),
            (
                envelope(),
                ("--provenance-key", "other.pem"),
                "The one key that is trusted here has not signed",
            ),
            (
                tampered(envelope(), "harbour.tar.gz", "harbour.tar.xz"),
                ("--provenance-key", "builder.pem"),
                "changed",
            ),
            (statement(), ("--provenance-key", "builder.pem"), "It is not signed"),
            (bundle(keyless=True), (), "certificate that lived for minutes"),
        ],
    )
    def test_blocks_without_it_and_says_why(
        self, folder: Workspace, report: object, options: tuple[str, ...], words: str
    ) -> None:
        _write(folder, report)
        result = _check(folder, *options, "--output", "json")
        assert result.exit_code == 1
        assert words in result.stdout
        document = json.loads(result.stdout)
        assert "with --provenance-key FILE (on a server PROVENANCE_KEYS)" in document["rules"][0]["change"]
        assert "run the tool again" not in result.stdout and "did not do its work" not in result.stdout
        assert len(document["faults"]) == 1 and PROVE not in document["faults"][0]["reason"]

    def test_refuses_provenance_of_another_commit(self, folder: Workspace) -> None:
        result = _check(folder, "--provenance-key", "builder.pem", "--output", "json", revision=OTHER_COMMIT)
        assert result.exit_code == 1
        (rule,) = json.loads(result.stdout)["rules"]
        assert rule["state"] == "error"
        assert f"says that it is of commit {COMMIT}, and commit {OTHER_COMMIT} is judged" in result.stdout

    def test_misses_the_builder_that_is_asked_for(self, folder: Workspace) -> None:
        folder.write("gate.yml", GATE.replace(BUILDER, BUILDER.upper()))
        result = _check(folder, "--provenance-key", "builder.pem", "--output", "json")
        assert json.loads(result.stdout)["rules"][0]["state"] == "missing"

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (KEY.private_pem(), "key.pem: It holds a private key where public ones are read"),
            ("no key", "key.pem: It is not a list of public keys in PEM"),
        ],
    )
    def test_gives_no_verdict_by_what_is_no_key(self, folder: Workspace, text: str, words: str) -> None:
        folder.write("key.pem", text)
        result = _check(folder, "--provenance-key", "key.pem")
        assert result.exit_code == 2 and words in result.stderr
        assert "BEGIN PRIVATE" not in result.output

    def test_gives_no_verdict_by_a_key_that_is_not_there(self, folder: Workspace) -> None:
        result = _check(folder, "--provenance-key", "absent.pem")
        assert result.exit_code == 2 and "absent.pem: the key cannot be read" in result.stderr


class TestArtifact:
    """Only what the provenance names may be shipped with it."""

    GIVEN = ("--provenance-key", "builder.pem", "--output", "json", "--artifact")

    @pytest.mark.parametrize("named", [f"sha256:{SHA256}", f"registry.example/harbour:1@sha256:{SHA256}"])
    def test_that_is_named_counts(self, folder: Workspace, named: str) -> None:
        assert _check(folder, *self.GIVEN, named).exit_code == 0

    def test_of_a_file_is_its_digest(self, folder: Workspace) -> None:
        folder.write("harbour.tar.gz", "built")
        digest = hashlib.sha256(b"built").hexdigest()
        subject = [{"name": "a", "digest": {"sha1": "0a" * 20, "sha256": digest}}]
        _write(folder, envelope(statement(subject=subject)))
        assert _check(folder, *self.GIVEN, "harbour.tar.gz").exit_code == 0
        _write(folder, envelope())
        result = _check(folder, *self.GIVEN, "harbour.tar.gz")
        assert result.exit_code == 1
        assert f"It is of other artifacts than sha256:{digest}, which is to be shipped" in result.stdout

    def test_does_not_stand_for_the_signature(self, folder: Workspace) -> None:
        result = _check(folder, "--artifact", f"sha256:{SHA256}", "--output", "json")
        assert result.exit_code == 1 and "for want of a key" in result.stdout

    @pytest.mark.parametrize(
        "named", ["absent", f"sha256:{SHA256.upper()}", f"sha256:{SHA256[:-1]}", ".", ""]
    )
    def test_that_is_none_gives_no_verdict(self, folder: Workspace, named: str) -> None:
        result = _check(folder, *self.GIVEN, named)
        assert result.exit_code == 2 and "no sha256:DIGEST of 64 small hexadecimal digits" in result.stderr

    def test_without_provenance_gives_no_verdict(self, folder: Workspace) -> None:
        folder.write("flake8.txt", "a.py:1:1: F401 'os' imported but unused\n")
        result = folder.run("check", "--gate", "gate.yml", "flake8.txt", *self.GIVEN, f"sha256:{SHA256}")
        assert result.exit_code == 2 and "no provenance is given that could name it" in result.stderr

    def test_that_no_rule_would_compare_gives_no_verdict(self, folder: Workspace) -> None:
        # A gate that asks of it nothing would pass, whatever the provenance names.
        lint = "{name: lint, rules: [{id: lint, that: findings.total <= 9, needs: [lint]}]}\n"
        folder.write("lint.yml", lint)
        folder.write("flake8.txt", "a.py:1:1: F401 'os' imported but unused\n")
        given = ("--gate", "lint.yml", "flake8.txt", "provenance.json", *self.GIVEN)
        result = folder.run("check", *given, f"sha256:{'0' * 64}")
        assert result.exit_code == 2 and "no rule of the gate asks for provenance" in result.stderr


class TestRead:
    def test_shows_that_the_key_was_not_given(self, folder: Workspace) -> None:
        result = folder.run("read", "provenance.json")
        assert result.exit_code == 1
        assert "--provenance-key FILE" in " ".join(result.stdout.split())

    def test_shows_builder_commit_and_counts(self, folder: Workspace) -> None:
        result = folder.run("read", "provenance.json", "--provenance-key", "builder.pem", "--output", "json")
        assert result.exit_code == 0
        (found,) = json.loads(result.stdout)["reports"]
        assert (found["kind"], found["tool"], found["commits"]) == ("provenance", BUILDER, [COMMIT])
        assert found["measures"]["provenance.subjects"] == 1
