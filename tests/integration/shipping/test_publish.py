"""Publishing an image and a release: what docker and gh are asked to do, and what is handed on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.shipping.programs import Programs

pytestmark = pytest.mark.requirement("S3-5")

DIGEST = "sha256:" + "b2" * 32
COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """An empty folder of programs."""
    (tmp_path / "bin").mkdir()
    return Programs(tmp_path / "bin")


class TestImage:
    def publish(self, programs: Programs, digests: str, **variables: str) -> tuple[int, str]:
        """Publish with a docker that names these digests; returns the exit code and what was handed on."""
        programs.write(
            "docker", f"case $1 in image) echo '{digests}' ;; login) cat >>\"{programs.log}\" ;; esac"
        )
        out = programs.folder / "output"
        out.touch()
        given = {
            "IMAGE": "ghcr.io/Harbour/Tidegate",
            "VERSION": "1.0.0",
            "COMMIT": COMMIT,
            "GITHUB_OUTPUT": str(out),
        }
        return programs.run("publish_image.sh", **{**given, **variables}).returncode, out.read_text()

    def test_is_built_with_version_and_commit_and_handed_on_by_its_digest(self, programs: Programs) -> None:
        code, out = self.publish(
            programs, f"elsewhere/x@sha256:{'c3' * 32}\nghcr.io/harbour/tidegate@{DIGEST}"
        )
        name = "ghcr.io/harbour/tidegate"
        assert (code, out) == (0, f"name={name}\ndigest={DIGEST}\nimage={name}@{DIGEST}\n")
        built, pushed, _ = programs.calls()
        assert (
            built
            == f"docker build --build-arg VERSION=1.0.0 --build-arg GIT_COMMIT={COMMIT} --tag {name}:1.0.0 ."
        )
        assert pushed == f"docker push {name}:1.0.0"

    def test_says_where_its_sources_are(self, programs: Programs) -> None:
        self.publish(programs, f"ghcr.io/harbour/tidegate@{DIGEST}", GITHUB_REPOSITORY="Harbour/Tidegate")
        label = "--label org.opencontainers.image.source=https://github.com/Harbour/Tidegate"
        assert label in programs.calls()[0]

    def test_logs_in_without_showing_the_token(self, programs: Programs) -> None:
        self.publish(
            programs, f"ghcr.io/harbour/tidegate@{DIGEST}", REGISTRY_USER="ann", REGISTRY_TOKEN="s3cret"
        )
        assert programs.calls()[:2] == ["docker login ghcr.io --username ann --password-stdin", "s3cret"]

    def test_without_a_digest_is_handed_to_nobody(self, programs: Programs) -> None:
        assert self.publish(programs, "elsewhere/x@sha256:c3") == (1, "")

    def test_that_is_not_built_is_not_pushed(self, programs: Programs) -> None:
        programs.write("docker", "exit 1")
        done = programs.run("publish_image.sh", IMAGE="a/b", VERSION="1.0.0", COMMIT=COMMIT)
        assert done.returncode == 1
        assert len(programs.calls()) == 1

    @pytest.mark.parametrize("name", ["IMAGE", "VERSION", "COMMIT"])
    def test_needs_its_name_version_and_commit(self, programs: Programs, name: str) -> None:
        assert self.publish(programs, "", **{name: ""}) == (2, "")
        assert programs.calls() == []


class TestRelease:
    @pytest.mark.parametrize(
        ("there", "verbs"), [(False, ["view", "create"]), (True, ["view", "edit", "upload"])]
    )
    def test_is_created_or_mended(self, programs: Programs, there: bool, verbs: list[str]) -> None:
        programs.write(
            "gh",
            f'[ "$2" != view ] || exit {int(not there)}\n'
            f'for word; do case $word in */tmp.*) cat "$word" >>"{programs.folder}/notes" ;; esac; done',
        )
        programs.write("fake-python", "echo '- Boats can be moored.'")
        done = programs.run(
            "publish_release.sh", "sbom.json", TAG="prod/v1.0.0", PYTHON="fake-python", IMAGE=f"a/b@{DIGEST}"
        )
        assert done.returncode == 0, done.stderr
        calls = [call for call in programs.calls() if call.startswith("gh ")]
        assert [call.split()[2] for call in calls] == verbs
        assert calls[-1].endswith(" sbom.json")
        notes = (programs.folder / "notes").read_text()
        assert notes == f"- Boats can be moored.\n\nImage: a/b@{DIGEST}\n"

    def test_without_notes_is_not_created(self, programs: Programs) -> None:
        programs.write("gh", "exit 1")
        done = programs.run("publish_release.sh", "sbom.json", TAG="prod/v99.0.0")
        assert done.returncode == 1
        assert "no section of 99.0.0" in done.stderr
        assert programs.calls() == []

    def test_needs_its_tag(self, programs: Programs) -> None:
        assert programs.run("publish_release.sh").returncode == 2
