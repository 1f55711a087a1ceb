"""Where SARIF results are: paths in the repository, told from the addresses that a run gives as its roots."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from tidegate.domain.checkouts import in_checkout, is_absolute, place
from tidegate.readers.findings.sarif_shapes import Artifact, Result, Run, UriBase

_DISK = re.compile(r"[A-Za-z]:")
_DEEPEST = 8  # bases that name another base; a circle of them ends there


class Places:
    """The places of one run."""

    def __init__(self, run: Run) -> None:
        self._artifacts = run.artifacts or []
        self._known: dict[tuple[str | None, str | None], str] = {}
        self._bases = run.original_uri_base_ids or {}
        bases = [self._address(base) for base in self._bases.values()]
        folders = [call.working_directory for call in run.invocations or () if call.working_directory]
        # Of bases the shortest is the repository, others lie in it; where a tool ran tells less than they do.
        self._roots = [*_roots(bases), *_roots(_path(each.uri or "") for each in folders)]

    def of(self, result: Result) -> tuple[str, int | None]:
        """Read the first place of a result: its path, percent-decoded, and its line."""
        physical = result.locations[0].physical_location if result.locations else None
        if physical is None:
            return "", None
        artifact = physical.artifact_location
        if artifact and artifact.uri is None and artifact.index is not None:
            known = 0 <= artifact.index < len(self._artifacts)
            artifact = self._artifacts[artifact.index].location if known else None
        line = physical.region.start_line if physical.region else None
        return (self._path_of(artifact) if artifact else ""), line

    def _path_of(self, artifact: Artifact) -> str:
        key = artifact.uri, artifact.uri_base_id
        path = self._known.get(key)
        if path is None:
            path = self._known[key] = self._in_repository(artifact)
        return path

    def _in_repository(self, artifact: Artifact) -> str:
        path = _path(artifact.uri or "")
        base = self._bases.get(artifact.uri_base_id or "")
        if base is None or not path or is_absolute(path):
            # Folders of known systems are cut off where findings are compared, in all formats alike.
            return path if in_checkout(path) != path else self._without_root(path) or path
        where = self._address(base)
        whole = in_checkout(f"{where}/{path}" if where else path)
        return self._without_root(whole) or (path if is_absolute(whole) else whole)

    def _without_root(self, path: str) -> str:
        """Cut off the folder that sources were checked out into; empty where it is not known."""
        root = next((root for root in self._roots if path.startswith(root)), None)
        return "" if root is None else path.removeprefix(root)

    def _address(self, base: UriBase) -> str:
        """Write out where a base is, as far as the report says it."""
        parts: list[str] = []
        for _ in range(_DEEPEST):
            parts.append(_path((base.uri or "").strip()))
            parent = self._bases.get(base.uri_base_id or "")
            if parent is None:
                break
            base = parent
        return "/".join(part.rstrip("/") for part in reversed(parts) if part)


def _roots(addresses: Iterable[str]) -> list[str]:
    """Return the folders that may be a repository, shortest first; a whole machine or disk is none."""
    folders = {address.rstrip("/") for address in addresses if is_absolute(address)}
    return sorted((f"{folder}/" for folder in folders if folder and not _DISK.fullmatch(folder)), key=len)


def _path(uri: str) -> str:
    return place(uri) if uri.startswith("file:") else place(unquote(uri))
