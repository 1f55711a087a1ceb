"""Tests of clearing up after submissions that were cut off: what anybody names or just sent stays."""

from __future__ import annotations

import io
import os
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.api import Api, junit, make_api
from tidegate.app import compose
from tidegate.domain.principals import WORKER
from tidegate.kernel.blob_gc import remove_unreferenced
from tidegate.kernel.blob_layout import blob_files, blob_path
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.modules.evidence.tasks import prune
from tidegate.registry import MODULES
from tidegate.settings import read_settings

A_DAY = timedelta(days=1)
WEEKS_AGO = 60 * 60 * 24 * 30


def file_of(folder: Path, digest: str) -> Path:
    """Return where a blob lies."""
    return folder / blob_path(digest)


def written_at(path: Path) -> datetime:
    """Return when a file was written."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def grow_old(api: Api, *paths: Path) -> None:
    """Make files a month old by the clock of the test."""
    at = api.clock.now().timestamp() - WEEKS_AGO
    for path in paths:
        os.utime(path, (at, at))


def run(api: Api, folder: Path, **variables: str) -> str:
    """Do the task as a worker does."""
    url = api.database.url.set(drivername=api.database.dialect).render_as_string(hide_password=False)
    settings = read_settings({"DATA_DIR": str(folder), "DATABASE_URL": url, **variables})
    container = Container(settings=settings, database=api.database, blobs=api.blobs, clock=api.clock)
    compose(container, MODULES)
    work = container.work(WORKER)
    try:
        return prune(work, {})
    finally:
        work.close()


@pytest.fixture
def place(database: Database, tmp_path: Path) -> tuple[Api, Path]:
    """An installation, and its folder of blobs."""
    api = make_api(database, tmp_path)
    api.set_up()
    return api, tmp_path / "blobs"


class TestPrune:
    def test_removes_old_reports_that_no_row_names(self, place: tuple[Api, Path], tmp_path: Path) -> None:
        api, folder = place
        named = api.submit(junit()).get_json()["evidence"]["digest"]
        cut_off = api.blobs.put_bytes(b"cut off").digest
        recent = api.blobs.put_bytes(b"on its way").digest
        grow_old(api, file_of(folder, named), file_of(folder, cut_off))

        detail = run(api, tmp_path)

        assert detail == "Removed: 0 uploads that were cut off, 1 of 2 reports older than 7 days"
        assert [api.blobs.exists(one) for one in (named, cut_off, recent)] == [True, False, True]
        assert run(api, tmp_path).endswith("0 of 1 reports older than 7 days")

    def test_keeps_the_fingerprints_that_evidence_names(
        self, place: tuple[Api, Path], tmp_path: Path
    ) -> None:
        api, folder = place
        assert api.submit(b"a.py:3:1: F401 'os' imported but unused\n", slot="flake8").status_code == 201
        kept = [path for _, path in blob_files(folder)]
        grow_old(api, *kept)

        run(api, tmp_path)

        assert len(kept) == 2
        assert all(path.exists() for path in kept)

    def test_removes_uploads_that_were_cut_off(self, place: tuple[Api, Path], tmp_path: Path) -> None:
        api, _ = place
        left = tmp_path / "incoming" / "tmpabc"
        left.mkdir(parents=True)
        (left / "report").write_bytes(b"half")
        os.utime(left, (0, 0))

        assert run(api, tmp_path).startswith("Removed: 1 uploads")
        assert not left.exists()

    def test_leaves_an_object_store_alone(self, place: tuple[Api, Path], tmp_path: Path) -> None:
        api, _ = place

        assert run(api, tmp_path, BLOB_URL="memory://x").endswith("in an object store are left alone")


class TestRaces:
    @pytest.fixture
    def store(self, tmp_path: Path) -> BlobStore:
        """A store with nothing in it."""
        return BlobStore.from_url(tmp_path / "blobs")

    def test_a_report_sent_again_meanwhile_stays(self, store: BlobStore, tmp_path: Path) -> None:
        digest = store.put_bytes(b"again").digest
        path = file_of(tmp_path / "blobs", digest)
        later = written_at(path)
        os.utime(path, (0, 0))

        def named(_digests: Collection[str]) -> set[str]:
            store.put_bytes(b"again")
            return set()

        assert remove_unreferenced(tmp_path / "blobs", named, before=later - A_DAY) == (0, 1)
        assert store.get(digest) == b"again"

    def test_a_report_made_young_in_the_last_moment_goes_back(
        self, store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        digest = store.put_bytes(b"again").digest
        path = file_of(tmp_path / "blobs", digest)
        later = written_at(path)
        os.utime(path, (0, 0))
        replace = os.replace

        def young_then_replace(source: Path, target: Path) -> None:
            if source == path:
                os.utime(path)
            replace(source, target)

        monkeypatch.setattr(os, "replace", young_then_replace)

        assert remove_unreferenced(tmp_path / "blobs", lambda _: set(), before=later - A_DAY) == (0, 1)
        assert store.get(digest) == b"again"

    def test_a_report_that_another_worker_removes_is_not_counted(
        self, store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = file_of(tmp_path / "blobs", store.put_bytes(b"x").digest)
        later = written_at(path)
        os.utime(path, (0, 0))

        def gone(*_: object) -> None:
            raise FileNotFoundError

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", gone)
            assert remove_unreferenced(tmp_path / "blobs", lambda _: set(), before=later - A_DAY) == (0, 1)

        def unlinked(_digests: Collection[str]) -> set[str]:
            path.unlink()
            return set()

        assert remove_unreferenced(tmp_path / "blobs", unlinked, before=later - A_DAY) == (0, 1)

    def test_a_report_that_somebody_reads_on_windows_stays_until_the_next_time(
        self, store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = file_of(tmp_path / "blobs", store.put_bytes(b"x").digest)
        later = written_at(path)
        os.utime(path, (0, 0))
        refusal = PermissionError("it is used by another process")

        def refuse(*_: object) -> None:
            raise refusal

        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(PermissionError):  # any other refusal is a fault that somebody has to see
            remove_unreferenced(tmp_path / "blobs", lambda _: set(), before=later - A_DAY)
        setattr(refusal, "winerror", 32)
        assert remove_unreferenced(tmp_path / "blobs", lambda _: set(), before=later - A_DAY) == (0, 1)
        assert path.exists()

    def test_a_report_that_is_removed_while_it_is_put_is_put_anew(
        self, store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for size in (10, 3_000_000):
            data = os.urandom(size)
            digest = store.put_bytes(data).digest
            path = file_of(tmp_path / "blobs", digest)
            utime = os.utime

            def too_late(target: Path, path: Path = path) -> None:
                path.unlink(missing_ok=True)
                utime(target)

            with monkeypatch.context() as patch:
                patch.setattr(os, "utime", too_late)
                store.put(io.BytesIO(data))
            assert store.get(digest) == data
