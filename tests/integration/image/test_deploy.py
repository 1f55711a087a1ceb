"""scripts/deploy.sh under load: a good release takes over, a broken one goes, no request is dropped."""

from __future__ import annotations

import pytest

from tests.support.engine import COMMIT, IMAGE, Stack, bare_environment, derive, docker, inspect, run
from tests.support.load import Load

pytestmark = pytest.mark.engine

NEXT = "d00d" * 10
_ENTRY = "/usr/local/bin/entrypoint.sh"
_WITHOUT_WEB = ("USER 0", f"RUN sed -i 's/^  web) .*/  web) exit 3 ;;/' {_ENTRY}", "USER 10001")
_WITHOUT_WORKER = (
    "USER 0",
    f"RUN sed -i 's/^case/[ $part != worker ] || exit 3\\ncase/' {_ENTRY}",
    "USER 10001",
)


def commit(stack: Stack) -> str:
    """Return the commit of what answers."""
    return str(stack.client().send("GET", "/status").body["commit"])


def deployed(stack: Stack, seed: int, *arguments: str, patience: int = 120) -> tuple[int, str]:
    """Deploy under load; asserts that every request was answered, and that what was acknowledged is there."""
    with Load(stack, clients=3, seed=seed, pause=0.1) as load:
        load.wait_for(10)
        done = stack.deploy(*arguments, patience=patience)
        load.wait_for(len(load.ledger.acknowledged) + 10)
    ledger = load.ledger
    print(done.stderr)
    assert (ledger.statuses(), [str(lost) for lost in ledger.unanswered]) == ({}, []), done.stderr
    for one in ledger.acknowledged:
        assert stack.client().json("GET", f"/evidence/{one.evidence}").body["digest"] == one.digest
    return done.returncode, done.stderr


def runs(stack: Stack, service: str) -> set[str]:
    """Return the digests of the images that a service runs."""
    return {inspect(container)["Image"] for container in stack.ids(service)}


class TestAGoodRelease:
    @pytest.mark.requirement("S2-21")
    @pytest.mark.requirement("S0-16")
    @pytest.mark.requirement("S0-17")
    def test_takes_over_and_gives_back_without_dropping_a_request(self, stack: Stack, seed: int) -> None:
        tag = derive("tidegate:test-next", f"ENV GIT_COMMIT={NEXT}")
        assert commit(stack) == COMMIT
        code, said = deployed(stack, seed, tag)
        assert (code, commit(stack)) == (0, NEXT), said
        assert runs(stack, "web") == {inspect(tag)["Id"]}
        # What .env says now is what runs: compose finds nothing to change.
        before = stack.ids("web") + stack.ids("worker") + stack.ids("proxy")
        stack.up()
        assert stack.ids("web") + stack.ids("worker") + stack.ids("proxy") == before
        code, said = deployed(stack, seed + 1, "--back")
        assert (code, commit(stack)) == (0, COMMIT), said
        assert runs(stack, "web") | runs(stack, "worker") == {inspect(IMAGE)["Id"]}


class TestABrokenRelease:
    @pytest.mark.requirement("S2-21")
    @pytest.mark.parametrize(
        ("how", "lines", "said"),
        [
            ("settings", ("ENV DATABASE_POOL_SIZE=none",), "The schema could not be brought"),
            ("web", _WITHOUT_WEB, "does not get healthy"),
            ("health", ("ENV HEALTH_TIMEOUT=0",), "does not get healthy"),
        ],
    )
    def test_goes_again_and_the_one_before_it_stays(
        self, stack: Stack, seed: int, how: str, lines: tuple[str, ...], said: str
    ) -> None:
        tag = derive(f"tidegate:test-broken-{how}", *lines)
        before = stack.ids("web"), stack.ids("worker"), (stack.folder / ".env").read_text()
        code, output = deployed(stack, seed, tag, patience=25)
        assert (code, said in output) == (1, True), output
        assert (stack.ids("web"), stack.ids("worker"), (stack.folder / ".env").read_text()) == before
        assert commit(stack) == COMMIT
        everything = docker(
            "ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={stack.project}"
        )
        assert inspect(tag)["Id"] not in {
            inspect(one)["Image"] for one in everything.split() if _part(one) != "migrate"
        }

    def test_whose_worker_alone_fails_takes_the_web_back_too(self, stack: Stack, seed: int) -> None:
        if not stack.ids("worker"):
            pytest.skip("NOT RUN: this version has no worker")
        tag = derive("tidegate:test-broken-worker", *_WITHOUT_WORKER)
        code, output = deployed(stack, seed, tag, patience=25)
        assert (code, "new worker does not get healthy" in output) == (1, True), output
        assert commit(stack) == COMMIT
        assert runs(stack, "web") | runs(stack, "worker") == {inspect(IMAGE)["Id"]}


def _part(container: str) -> str:
    return str(inspect(container)["Config"]["Labels"]["com.docker.compose.service"])


class TestRefusals:
    def test_tell_what_is_wrong(self, stack: Stack) -> None:
        unknown = stack.deploy("tidegate:there-is-none-such")
        assert (unknown.returncode, "There is no image" in unknown.stderr) == (1, True)
        nothing = stack.deploy("")
        assert (nothing.returncode, "scripts/deploy.sh IMAGE" in nothing.stderr) == (2, True)

    def test_one_deployment_at_a_time(self, stack: Stack) -> None:
        lock = stack.folder / "deploy/nginx/live/.lock"
        script = 'exec 9>"$1"; flock 9; "$2" tidegate:test; exit $?'
        done = run(
            "bash",
            "-c",
            script,
            "-",
            lock,
            stack.folder / "scripts/deploy.sh",
            check=False,
            env=bare_environment(),
        )
        assert (done.returncode, "Another deployment is under way" in done.stderr) == (1, True)
