"""Tests of `tidegate verdict attestation` and `verify`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result

from tests.fakes.scripted_server import ScriptedReply, scripted_server
from tests.support.attestations import (
    ARTIFACT,
    COMMIT,
    KEY,
    OTHER_KEY,
    VERIFIER,
    signed_again,
    signed_summary,
    signed_verdict,
)
from tests.unit.cli.workspace import Workspace

AT = ("--at", "2026-11-21T03:00:00Z")


@pytest.fixture
def signed(workspace: Workspace) -> Workspace:
    """A folder with the public key and signed verdicts."""
    workspace.write("pub.pem", KEY.public.pem)
    workspace.write("other.pem", OTHER_KEY.public.pem)
    workspace.write("pass.json", signed_verdict(artifact=ARTIFACT))
    workspace.write("fail.json", signed_verdict(failed=1))
    workspace.write("vsa.json", signed_summary())
    return workspace


def verify(workspace: Workspace, file: str, *more: str, key: str = "pub.pem") -> Result:
    return workspace.run("verdict", "verify", file, "--key", key, *AT, *more)


class TestVerify:
    @pytest.mark.parametrize("file", ["pass.json", "vsa.json"])
    def test_a_pass_is_0(self, signed: Workspace, file: str) -> None:
        result = verify(signed, file)
        assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "Verified: the gate passed.")
        for told in (
            "verdict      pass",
            f"revision     {COMMIT}",
            "environment  production",
            KEY.public.keyid,
        ):
            assert told in result.stdout

    def test_says_when_it_expires_as_far_as_it_is_known(self, signed: Workspace) -> None:
        assert "expires      2026-11-22T00:30:00.000Z" in verify(signed, "pass.json").stdout
        assert "expires      a summary does not say: use --max-age" in verify(signed, "vsa.json").stdout
        endless = signed_again(signed_verdict(), lambda s: s["predicate"].update(expires=None))
        signed.write("endless.json", endless)
        assert "expires      nothing in it ends" in verify(signed, "endless.json").stdout

    def test_a_verdict_that_does_not_pass_is_1(self, signed: Workspace) -> None:
        result = verify(signed, "fail.json")
        assert result.exit_code == 1
        assert result.stdout.splitlines()[-1] == "NOT PASSED: the gate said fail."

    @pytest.mark.parametrize(
        ("options", "why"),
        [
            (("--at", "2026-11-22T00:30:00Z"), "has expired"),
            (("--at", "2026-11-21T02:00:00Z"), "yet to come"),
            (("--max-age", "29m"), "longer ago than --max-age allows"),
        ],
    )
    def test_one_that_says_nothing_of_now_is_1(
        self, signed: Workspace, options: tuple[str, ...], why: str
    ) -> None:
        result = verify(signed, "pass.json", *options)
        assert (result.exit_code, "NOT PASSED" in result.stdout, why in result.stdout) == (1, True, True)

    def test_judges_by_the_clock_where_no_time_is_given(self, signed: Workspace) -> None:
        result = signed.run("verdict", "verify", "vsa.json", "--key", "pub.pem", "--max-age", "1s")
        assert result.exit_code == 1

    def test_young_enough_is_0(self, signed: Workspace) -> None:
        assert verify(signed, "vsa.json", "--max-age", "30m").exit_code == 0

    def test_what_is_asked_of_it_is_compared(self, signed: Workspace) -> None:
        options = ["--component", "harbour", "--revision", COMMIT, "--environment", "production"]
        options += ["--gate", "production", "--verifier-id", VERIFIER, "--artifact", ARTIFACT]
        result = verify(signed, "pass.json", *options)
        assert (result.exit_code, result.stderr) == (0, "")

    def test_a_gate_may_be_named_by_its_version(self, signed: Workspace) -> None:
        digest = next(line for line in verify(signed, "pass.json").stdout.splitlines() if "gate  " in line)
        assert verify(signed, "pass.json", "--gate", digest.split()[-1]).exit_code == 0

    def test_what_was_not_asked_is_named(self, signed: Workspace) -> None:
        assert "component, revision, environment" in verify(signed, "pass.json").stderr
        told = verify(signed, "pass.json", "--artifact", ARTIFACT).stderr
        assert "component, environment" in told

    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("--component", "pier"),
            ("--revision", "1" * 40),
            ("--environment", "staging"),
            ("--gate", "other"),
            ("--artifact", "sha256:" + "0" * 64),
            ("--verifier-id", "https://elsewhere.example.org"),
        ],
    )
    def test_a_verdict_about_something_else_is_2(self, signed: Workspace, option: str, value: str) -> None:
        result = verify(signed, "pass.json", option, value)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f", and not {value}" in result.stderr

    def test_no_artifact_is_not_the_artifact(self, signed: Workspace) -> None:
        result = verify(signed, "vsa.json", "--artifact", ARTIFACT)
        assert (result.exit_code, "none is named" in result.stderr) == (2, True)

    def test_the_commit_of_the_pipeline_is_compared(self, signed: Workspace) -> None:
        command = ("verdict", "verify", "pass.json", "--key", "pub.pem", *AT)
        assert signed.run(*command, TIDEGATE_REVISION="1" * 40).exit_code == 2
        assert signed.run(*command, TIDEGATE_COMPONENT="pier").exit_code == 2

    def test_not_signed_by_a_trusted_key_is_2(self, signed: Workspace) -> None:
        result = verify(signed, "pass.json", key="other.pem")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "pass.json is NOT VERIFIED. It is signed by key" in result.stderr

    def test_changed_is_2(self, signed: Workspace) -> None:
        signed.write("pass.json", signed_verdict(failed=1).replace(b'"sig":"', b'"sig":"A', 1))
        assert verify(signed, "pass.json").exit_code == 2

    def test_several_keys_are_trusted(self, signed: Workspace) -> None:
        assert verify(signed, "pass.json", "--key", "other.pem").exit_code == 0
        signed.write("both.pem", OTHER_KEY.public.pem + KEY.public.pem)
        assert verify(signed, "pass.json", key="both.pem").exit_code == 0

    def test_reads_standard_input(self, signed: Workspace) -> None:
        command = ("verdict", "verify", "-", "--key", "pub.pem", *AT)
        assert signed.run(*command, input=signed_verdict() + b"\n").exit_code == 0

    def test_names_what_cannot_be_read(self, signed: Workspace) -> None:
        result = verify(signed, "none.json")
        assert (result.exit_code, "none.json: cannot be read" in result.stderr) == (2, True)
        assert "no-key.pem: the key cannot be read" in verify(signed, "pass.json", key="no-key.pem").stderr
        told = verify(signed, "pass.json", key="gate.yml")
        assert (told.exit_code, "gate.yml: It is not a list of public keys" in told.stderr) == (2, True)

    def test_an_age_that_is_none_is_a_usage_error(self, signed: Workspace) -> None:
        result = verify(signed, "pass.json", "--max-age", "soon")
        assert (result.exit_code, "'soon' is not an age such as" in result.stderr) == (2, True)

    def test_no_control_character_reaches_the_terminal(self, signed: Workspace) -> None:
        odd = signed_again(signed_summary(), lambda s: s["predicate"]["verifier"].update(id="a\x1b[31m"))
        signed.write("odd.json", odd)
        assert "verifier     a?[31m" in verify(signed, "odd.json").stdout

    def test_needs_no_server_part_and_no_gate(self, signed: Workspace) -> None:
        """What is imported for it, as a process of its own sees it."""
        heavy = (
            "flask",
            "sqlalchemy",
            "marshmallow",
            "structlog",
            "msgspec",
            "cel_expr_python",
            "rich",
            "yaml",
        )
        script = (
            "import sys\nfrom tidegate.cli import main\n"
            f"sys.argv = ['tidegate', 'verdict', 'verify', 'pass.json', '--key', 'pub.pem', *{AT!r}]\n"
            "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0, end\n"
            f"print('loaded', *sorted(set({heavy!r}) & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=signed.folder, capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "loaded"


class TestAttestation:
    def test_fetches_the_whole_verdict(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: ScriptedReply({"payload": ""})) as server:
            result = workspace.run("verdict", "attestation", "7", "--server", server.url)
        assert server.asked[0].path == "/api/v1/verdicts/7/attestation"
        assert (result.exit_code, result.stdout) == (0, '{"payload": ""}\n')

    def test_fetches_slsas_summary_into_a_file_as_it_is(self, workspace: Workspace, tmp_path: Path) -> None:
        with scripted_server(lambda asked: ScriptedReply({"payload": ""})) as server:
            command = ("verdict", "attestation", "7", "--vsa", "--output-file", "vsa.json")
            assert workspace.run(*command, "--server", server.url).exit_code == 0
        assert server.asked[0].path == "/api/v1/verdicts/7/vsa"
        assert (workspace.folder / "vsa.json").read_text() == '{"payload": ""}'
