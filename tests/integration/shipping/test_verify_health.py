"""What a deployment is held to afterwards: against real servers, right, wrong, ill and absent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import tidegate
from scripts.serve import free_port, running
from scripts.verify_health import Expected, main, wait
from tests.support.listening import Listening

pytestmark = pytest.mark.requirement("S3-9")

COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A real server of this commit."""
    with running({"GIT_COMMIT": COMMIT}) as address:
        yield address


def verify(url: str, *, version: str = tidegate.__version__, commit: str = COMMIT) -> int:
    """Verify without patience."""
    return main([url, "--version", version, "--commit", commit, "--within", "0.5"])


def test_is_content_with_the_release_that_was_meant(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert verify(f"{url}/") == 0
    assert "in good health" in capsys.readouterr().out
    assert summary.read_text().startswith("✅")


@pytest.mark.parametrize(
    ("version", "commit", "said"),
    [
        ("99.0.0", COMMIT, "and not '99.0.0': another release answers"),
        (tidegate.__version__, "0" * 40, f"tells commit '{COMMIT}' and not"),
    ],
)
def test_is_not_content_with_another_release(
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    version: str,
    commit: str,
    said: str,
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert verify(url, version=version, commit=commit) == 1
    assert said in capsys.readouterr().err
    assert summary.read_text().startswith("❌")


def test_is_not_content_with_silence(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(f"http://127.0.0.1:{free_port()}") == 1
    assert "does not answer" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["localhost:8000", "file:///etc/passwd", "https://", ""])
def test_wants_the_url_of_a_server(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        verify(url)
    assert "is not the URL of a server" in capsys.readouterr().err


def answering(**paths: tuple[int, str]) -> Listening:
    """A server that answers these paths so and the others as Tidegate in good health does."""
    good = {
        "/readyz": (200, '{"status": "pass"}'),
        "/health": (200, '{"status": "pass"}'),
        "/status": (200, f'{{"version": "1.0.0", "commit": "{COMMIT}"}}'),
    }
    return Listening({**good, **{f"/{name}": answer for name, answer in paths.items()}})


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (
            {
                "readyz": (
                    503,
                    '{"status": "fail", "checks": {"schema": [{"status": "fail", "output": "Old."}]}}',
                )
            },
            "Old.",
        ),
        ({"health": (503, '{"status": "fail"}')}, "/health answers 503"),
        ({"health": (200, '{"status": "warn"}')}, "status 'warn'"),
        ({"health": (200, "<html>")}, "status None"),
        ({"health": (200, "[]")}, "status None"),
        ({"status": (404, "")}, "tells version None"),
    ],
)
def test_names_the_part_that_is_ill(
    paths: dict[str, tuple[int, str]], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(answering(**paths)) as server:
        assert verify(server.url, version="1.0.0") == 1
    assert said in capsys.readouterr().err


def test_waits_until_the_old_release_has_gone() -> None:
    with closing(answering(status=(200, f'{{"version": "0.9.0", "commit": "{COMMIT}"}}'))) as server:
        slept: list[float] = []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            server.answers["/status"] = (200, f'{{"version": "1.0.0", "commit": "{COMMIT}"}}')

        assert wait(Expected(server.url, "1.0.0", COMMIT), 60, sleep=sleep) == ""
        assert len(slept) == 1


def test_never_waits_longer_than_it_may() -> None:
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    gone = Expected(f"http://127.0.0.1:{free_port()}", "1.0.0", COMMIT)
    assert "does not answer" in wait(gone, 30, now=lambda: clock[0], sleep=sleep)
    assert clock[0] <= 30
