"""A deployment over ssh: sources and image move together, forwards and back, and nothing else gets in.

ssh is a program that runs here what it would run there; the checkout there is real, its deploy.sh is small.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.shipping.programs import Programs
from tests.support.checkout import Checkout

pytestmark = pytest.mark.requirement("S3-5")

IMAGE = f"ghcr.io/harbour/tidegate@sha256:{'a1' * 32}"
DEPLOY = """\
#!/usr/bin/env bash
cat >>"{log}"
sleep {pause}
echo "deploy.sh $1 from $(git rev-parse HEAD)" | tee -a "{log}"
exit {code}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """The machine that runs Tidegate, and the way to it."""

    programs: Programs
    there: Path
    source: Checkout
    summary: Path

    def run(self, *arguments: str, **variables: str) -> int:
        """Call the script as the workflow does; returns its exit code."""
        given = {
            "DEPLOY_HOST": "tide@example.org",
            "DEPLOY_PATH": str(self.there),
            "DEPLOY_URL": "https://tidegate.example.org",
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        return self.programs.run("deploy_remote.sh", *arguments, **{**given, **variables}).returncode

    def deploy(self, version: str, **variables: str) -> int:
        """Deploy a version that was tagged."""
        commit = self.source.git("rev-parse", f"prod/v{version}^{{commit}}")
        return self.run("deploy", f"prod/v{version}", commit, IMAGE, **variables)

    def release(self, version: str, *, healthy: bool = True, slow: bool = False) -> str:
        """Commit a deploy.sh that ends well or not, and tag it; returns the commit."""
        scripts = self.source.folder / "scripts"
        scripts.mkdir(exist_ok=True)
        (scripts / "deploy.sh").write_text(
            DEPLOY.format(log=self.programs.log, code=int(not healthy), pause=int(slow))
        )
        (scripts / "deploy.sh").chmod(0o755)
        commit = self.source.commit(version)
        self.source.git("tag", "--annotate", "--message", version, f"prod/v{version}")
        self.source.git("push", "--quiet", "origin", f"prod/v{version}")
        return commit

    def deployments(self) -> list[str]:
        """Return what deploy.sh was called with there, and from which commit."""
        return [call for call in self.programs.calls() if call.startswith("deploy.sh ")]

    @property
    def head(self) -> str:
        """The commit that is checked out there."""
        return self.source.git("rev-parse", "HEAD", folder=self.there)


@pytest.fixture
def site(releasable: Checkout, tmp_path: Path) -> Site:
    """A machine at release 1.0.0, and a release 1.1.0 to come."""
    programs = Programs(tmp_path / "bin")
    programs.folder.mkdir()
    programs.write("ssh", 'eval "${@: -1}"')
    made = Site(programs, tmp_path / "a place" / "tidegate", releasable, tmp_path / "summary.md")
    made.release("1.0.0")
    made.there.parent.mkdir()
    releasable.git("clone", "--quiet", str(releasable.bare), str(made.there), folder=tmp_path)
    releasable.git("switch", "--quiet", "--detach", "prod/v1.0.0", folder=made.there)
    return made


class TestDeploy:
    def test_takes_the_image_up_from_the_sources_of_its_tag(self, site: Site) -> None:
        commit = site.release("1.1.0")
        assert site.deploy("1.1.0") == 0
        assert site.deployments() == [f"deploy.sh {IMAGE} from {commit}"]
        assert site.head == commit
        assert site.summary.read_text() == f"✅ prod/v1.1.0 is deployed: {IMAGE}\n"

    def test_leaves_the_sources_with_the_image_that_goes_on_when_the_new_one_is_ill(self, site: Site) -> None:
        before = site.head
        site.release("1.1.0", healthy=False)
        assert site.deploy("1.1.0") == 1
        assert site.head == before
        assert site.summary.read_text() == "❌ prod/v1.1.0 was not deployed: what ran before goes on.\n"

    def test_that_fails_when_tried_again_leaves_the_sources_where_they_were(self, site: Site) -> None:
        commit = site.release("1.1.0")
        assert site.deploy("1.1.0") == 0
        site.programs.write("setsid", "exit 1")
        assert site.deploy("1.1.0") == 1
        assert site.head == commit

    def test_refuses_a_tag_that_names_another_commit_there(self, site: Site) -> None:
        before = site.head
        site.release("1.1.0")
        assert site.run("deploy", "prod/v1.1.0", "0" * 40, IMAGE) == 1
        assert (site.deployments(), site.head) == ([], before)

    def test_deploys_nothing_where_the_tag_cannot_be_fetched(self, site: Site) -> None:
        assert site.run("deploy", "prod/v9.0.0", "0" * 40, IMAGE) == 1
        assert site.deployments() == []

    @pytest.mark.parametrize("code", [255, 137])
    def test_says_that_nobody_can_tell_when_the_connection_breaks(self, site: Site, code: int) -> None:
        site.programs.write("ssh", f"exit {code}")
        assert site.deploy("1.0.0") == 1
        assert "The connection to tide@example.org failed" in site.summary.read_text()

    def test_goes_on_to_its_end_when_the_connection_breaks(self, site: Site) -> None:
        commit = site.release("1.1.0", slow=True)
        # What is written over there reaches nobody any more.
        site.programs.write(
            "ssh", 'cat >"$0.in"; (setsid bash -c "${@: -1}" <"$0.in" 2>&1 | true) >/dev/null 2>&1 & exit 255'
        )
        assert site.deploy("1.1.0") == 1
        until = time.monotonic() + 20
        while time.monotonic() < until and not (site.there / ".git/refs/tidegate/previous").exists():
            time.sleep(0.1)
        assert site.deployments() == [f"deploy.sh {IMAGE} from {commit}"]
        assert (site.there / ".git/refs/tidegate/previous").exists()
        assert site.head == commit

    def test_knows_the_machine_and_uses_the_key_it_was_given(self, site: Site) -> None:
        site.programs.write("ssh", "exit 0")
        assert (
            site.deploy("1.0.0", DEPLOY_SSH_KEY="a key", DEPLOY_KNOWN_HOSTS="example.org ssh-ed25519 AAAA")
            == 0
        )
        called = site.programs.calls()[0]
        assert "StrictHostKeyChecking=yes" in called
        assert "UserKnownHostsFile=" in called
        assert "IdentitiesOnly=yes" in called
        assert "a key" not in called


class TestBack:
    def test_takes_image_and_sources_back(self, site: Site) -> None:
        before = site.head
        site.release("1.1.0")
        assert site.deploy("1.1.0") == 0
        released = site.head
        assert site.run("back") == 0
        assert site.deployments()[-1] == f"deploy.sh --back from {released}"
        assert site.head == before
        assert "Rolled back" in site.summary.read_text().splitlines()[-1]

    def test_back_once_more_is_forth(self, site: Site) -> None:
        released = site.release("1.1.0")
        assert site.deploy("1.1.0") == 0
        assert site.run("back") == 0
        assert site.run("back") == 0
        assert site.head == released

    def test_that_fails_says_so(self, site: Site) -> None:
        site.programs.write("ssh", "exit 1")
        assert site.run("back") == 1
        assert "The way back failed" in site.summary.read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("back", "now"),
        ("deploy", "prod/v1.0.0", "0" * 40),
        ("deploy", "v1.0.0", "0" * 40, IMAGE),
        ("deploy", "prod/v1.0.0; reboot", "0" * 40, IMAGE),
        ("deploy", "prod/v1.0.0", "HEAD", IMAGE),
        ("deploy", "prod/v1.0.0", "0" * 40, "ghcr.io/harbour/tidegate:1.0.0"),
        ("deploy", "prod/v1.0.0", "0" * 40, f"$(reboot)@sha256:{'a1' * 32}"),
    ],
)
def test_sends_nothing_but_a_tag_a_commit_and_a_digest(site: Site, arguments: tuple[str, ...]) -> None:
    assert site.run(*arguments) == 2
    assert site.programs.calls() == []


@pytest.mark.parametrize("name", ["DEPLOY_HOST", "DEPLOY_PATH", "DEPLOY_URL"])
def test_says_which_setting_is_missing(site: Site, name: str) -> None:
    assert site.run("back", **{name: ""}) == 2
    assert site.programs.calls() == []
