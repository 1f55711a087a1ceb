"""Backups in an object store: the same as in a folder, through fsspec, against a server that speaks S3."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

import boto3  # type: ignore[import-untyped]  # ships no types
import pytest
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem  # type: ignore[import-untyped]  # ships no types

from tests.support.installations import Installation
from tidegate.domain.errors import Unavailable
from tidegate.kernel.backups.manifest import BackupDamaged

_BUCKET = "copies"


@pytest.fixture(scope="module")
def _server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def objects(_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.client]:
    """An empty bucket, named to Tidegate by the variables that Amazon's own tools read."""
    variables = {
        "AWS_ENDPOINT_URL": _server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",  # nosec B105  # of a server of the test's own
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=_server)
    client.create_bucket(
        Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_DEFAULT_REGION"]}
    )
    yield client
    for found in client.list_objects_v2(Bucket=_BUCKET).get("Contents", []):
        client.delete_object(Bucket=_BUCKET, Key=found["Key"])
    client.delete_bucket(Bucket=_BUCKET)
    client.close()


def _keys(objects: boto3.client) -> set[str]:
    return {found["Key"] for found in objects.list_objects_v2(Bucket=_BUCKET).get("Contents", [])}


@pytest.mark.requirement("S1-30")
def test_are_kept_verified_restored_and_pruned_there(
    installation: Installation, objects: boto3.client
) -> None:
    with installation.backups(BACKUP_URL=f"s3://{_BUCKET}/tidegate", BACKUP_KEEP="1") as service:
        first = service.create(reason="test")
        assert f"tidegate/{first.name}/manifest.json" in _keys(objects)
        installation.clock.advance(timedelta(days=1))
        second = service.create(reason="test")
        assert [each.name for each in service.list()] == [second.name, first.name]
        assert service.verify(deep=True)[1] is not None
        assert service.prune().names == (first.name,)
        assert not any(first.name in key for key in _keys(objects))
        assert service.restore(overwrite=True).manifest.name == second.name
        objects.put_object(Bucket=_BUCKET, Key=f"tidegate/{second.name}/database.zst", Body=b"other bytes")
        assert service.list()[0].fault is not None
        with pytest.raises(BackupDamaged):
            service.restore(overwrite=True)


def test_without_keys_it_is_reported_that_they_are_missing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    S3FileSystem.clear_instance_cache()  # it remembers the keys of the test before
    with installation.backups(BACKUP_URL=f"s3://{_BUCKET}") as service:
        with pytest.raises(Unavailable, match="cannot be reached or written: NoCredentialsError"):
            service.list()
