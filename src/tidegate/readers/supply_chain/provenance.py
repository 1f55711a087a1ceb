"""SLSA provenance, 0.2 and 1: who built what from which commit; it counts once its signature is verified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from tidegate.domain.measures import Kind, Value
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.jsons import cut, decode, load
from tidegate.readers.own_times import own_time
from tidegate.readers.supply_chain.digests import malformed, pins
from tidegate.readers.supply_chain.envelopes import REMAKE, Opened, carries_statement, open_statement, plain
from tidegate.readers.supply_chain.source_commits import commit_in, member, naming_uris, source_commit

MOST_BUILDER = 200
"""Characters that a builder's id may have: a gate names it whole."""

_STATEMENTS = ("https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1")
_V02, _V1 = "https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"
_BUILDKIT_02 = "https://mobyproject.org/buildkit@v1#metadata"

_SIGN = (
    "`cosign attest-blob --key cosign.key --type slsaprovenance1 --predicate predicate.json"
    " --output-attestation provenance.json ARTIFACT`"
)
UNSIGNED = f"It is not signed, and anybody could have written it: let the builder sign it, such as {_SIGN}."
UNVERIFIED = "Its signature was not verified."
NO_COMMIT = (
    "It does not tell which commit the source was at: none of what the build was made of has a commit as"
    " its digest, or several have and the build's parameters name none of them. Let the builder list the"
    " source with its `gitCommit`."
)


class _Resource(msgspec.Struct):
    name: str | None = None
    uri: str | None = None
    digest: dict[str, str] | None = None


class _InTotoStatement(msgspec.Struct, rename="camel"):
    type_: str = msgspec.field(name="_type")
    predicate_type: str
    predicate: msgspec.Raw
    subject: list[_Resource] | None = None


class _Builder(msgspec.Struct):
    id: str
    version: dict[str, str] | None = None


class _Metadata1(msgspec.Struct, rename="camel"):
    started_on: object = None
    finished_on: object = None
    buildkit: object = msgspec.field(name="buildkit_metadata", default=None)


class _Definition(msgspec.Struct, rename="camel"):
    build_type: str
    external_parameters: object = None
    resolved_dependencies: list[_Resource] | None = None


class _RunDetails(msgspec.Struct):
    builder: _Builder
    metadata: _Metadata1 | None = None


class _Provenance1(msgspec.Struct, rename="camel"):
    build_definition: _Definition
    run_details: _RunDetails


class _Metadata02(msgspec.Struct, rename="camel"):
    build_started_on: object = None
    build_finished_on: object = None
    buildkit: object = msgspec.field(name=_BUILDKIT_02, default=None)


class _Invocation02(msgspec.Struct, rename="camel"):
    config_source: _Resource | None = None


class _Provenance02(msgspec.Struct, rename="camel"):
    builder: _Builder
    build_type: str
    invocation: _Invocation02 | None = None
    metadata: _Metadata02 | None = None
    materials: list[_Resource] | None = None


@dataclass(frozen=True, slots=True)
class _Build:
    """What both versions say of a build; `named` are the URIs by which it was told its source."""

    builder: _Builder
    build_type: str
    materials: list[_Resource] | None
    sources: list[_Resource]
    named: list[str]
    made_at: datetime | None


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    opened = open_statement(source, limits)
    reading = _reading(opened, limits)
    yield from ()
    return reading


def _reading(opened: Opened, limits: Limits) -> Reading:
    statement = load(opened.statement, limits, _InTotoStatement, remake=REMAKE)
    _check_types(statement)
    subjects = statement.subject or []
    _check_subjects(subjects)
    build = _build(statement)
    commit = source_commit(build.build_type, _commits(build.sources), build.named)
    measures: dict[str, Value] = {"provenance.subjects": len(subjects)}
    if build.materials is not None:
        pinned = sum(1 for each in build.materials if _pins(each))
        measures |= {
            "provenance.materials": pinned,
            "provenance.unpinned": len(build.materials) - pinned,
        }
    signed = opened.signed and replace(opened.signed, artifacts=_artifacts(subjects))
    why_not = NO_COMMIT if commit is None else UNVERIFIED if signed else UNSIGNED
    versions = (f"{name} {version}" for name, version in (build.builder.version or {}).items())
    return Reading(
        "provenance",
        Kind.PROVENANCE,
        _builder_id(build.builder),
        measures,
        cut(", ".join(versions), limits)[:MOST_BUILDER],
        ran=False,
        why_not=why_not,
        made_at=build.made_at,
        commits=() if commit is None else (commit,),
        signed=None if commit is None else signed,
    )


def _check_types(statement: _InTotoStatement) -> None:
    if statement.type_ not in _STATEMENTS:
        raise Unreadable(
            f"The statement's _type is {plain(statement.type_)}, and {' and '.join(_STATEMENTS)} are read:"
            " let the builder write one of them."
        )
    if statement.predicate_type not in (_V02, _V1):
        raise Unreadable(
            f"The statement's predicateType is {plain(statement.predicate_type)}, and provenance is {_V02}"
            f" or {_V1}: submit the builder's provenance, or leave this one out."
        )


def _check_subjects(subjects: list[_Resource]) -> None:
    if not subjects:
        raise Unreadable(
            "The statement has no subject: it does not say what was built. Let the builder name the"
            " artifacts."
        )
    for index, each in enumerate(subjects):
        place = f"`$.subject[{index}]`"
        if (wrong := malformed(each.digest)) is not None:
            raise Unreadable(
                f"The {wrong} of the subject at {place} is none: it has another length, or other digits than"
                " 0 to f. Let the builder write the artifact's digest."
            )
        if not pins(each.digest):
            named = ", ".join(map(plain, each.digest or {}))
            why = f"({named}) that can stand for it" if named else "at all"
            raise Unreadable(
                f"The subject at {place} has no digest {why}: it may be any artifact. Let the builder write"
                " its sha256."
            )


def _artifacts(subjects: list[_Resource]) -> frozenset[str]:
    digests = ((each.digest or {}).get("sha256") for each in subjects)
    return frozenset(f"sha256:{digest}" for digest in digests if digest)


def _build(statement: _InTotoStatement) -> _Build:
    if statement.predicate_type == _V02:
        return _build_02(decode(statement.predicate, _Provenance02, remake=REMAKE, at="$.predicate"))
    return _build_1(decode(statement.predicate, _Provenance1, remake=REMAKE, at="$.predicate"))


def _build_1(found: _Provenance1) -> _Build:
    definition, metadata = found.build_definition, found.run_details.metadata or _Metadata1()
    config = member(definition.external_parameters, "configSource")
    configs = [msgspec.convert(config, _Resource)] if _is_resource(config) else []
    return _of_both(
        found.run_details.builder,
        definition.build_type,
        definition.resolved_dependencies,
        configs,
        list(naming_uris(definition.build_type, definition.external_parameters)),
        metadata.buildkit,
        own_time(metadata.finished_on) or own_time(metadata.started_on),
    )


def _build_02(found: _Provenance02) -> _Build:
    metadata, invocation = found.metadata or _Metadata02(), found.invocation or _Invocation02()
    config = invocation.config_source or _Resource()
    return _of_both(
        found.builder,
        found.build_type,
        found.materials,
        [config],
        list(naming_uris(found.build_type, {"configSource": {"uri": config.uri}})),
        metadata.buildkit,
        own_time(metadata.build_finished_on) or own_time(metadata.build_started_on),
    )


def _of_both(
    builder: _Builder,
    build_type: str,
    materials: list[_Resource] | None,
    configs: list[_Resource],
    named: list[str],
    buildkit: object,
    made_at: datetime | None,
) -> _Build:
    """Add what BuildKit says of a checkout that it was handed as a folder."""
    vcs = member(buildkit, "vcs")
    uri, revision = member(vcs, "source"), member(vcs, "revision")
    checkouts = []
    if isinstance(revision, str):
        place = uri if isinstance(uri, str) and uri else "checkout"
        checkouts, named = [_Resource(uri=place, digest={"gitCommit": revision})], [*named, place]
    return _Build(builder, build_type, materials, [*(materials or []), *configs, *checkouts], named, made_at)


def _is_resource(value: object) -> bool:
    digest, uri = member(value, "digest"), member(value, "uri")
    return (
        isinstance(digest, dict) and isinstance(uri, str) and all(isinstance(d, str) for d in digest.values())
    )


def _commits(resources: Iterable[_Resource]) -> Iterator[tuple[str, str]]:
    for each in resources:
        commit = commit_in(each.uri, each.digest)
        if commit is not None:
            yield each.uri or "", commit


def _pins(resource: _Resource) -> bool:
    """Tell whether a digest stands for the very bytes, or for a commit of a git repository."""
    return pins(resource.digest) or commit_in(resource.uri, resource.digest) is not None


def _builder_id(builder: _Builder) -> str:
    name = builder.id
    if not name.strip() or not name.isprintable() or len(name) > MOST_BUILDER:
        raise Unreadable(
            f"The builder's id ({plain(name)}) is empty, has more than {MOST_BUILDER} characters or some"
            " that cannot be printed, so that no gate could name it. Let the builder name itself by a URI."
        )
    return name


READER = Reader(
    format="provenance",
    title="SLSA provenance (in-toto statement, DSSE envelope, Sigstore bundle)",
    kind=Kind.PROVENANCE,
    source="https://slsa.dev/spec/v1.1/provenance",
    follows={
        "provenance.subjects": "Entries of `subject`; each must have a digest that can stand for it.",
        "provenance.materials": (
            "Entries of `resolvedDependencies` (0.2: `materials`) with a digest that can stand for them,"
            " such as sha256, or a commit; left out where there is no such list."
        ),
        "provenance.unpinned": "The other entries of that list.",
    },
    sniff=carries_statement,
    read=_read,
    notes=(
        "It has not run, and so is no yes, until its signature is verified by a key that is given"
        " (`--provenance-key`, `PROVENANCE_KEYS`): Ed25519, or ECDSA on P-256 or P-384.",
        "The builder's id is the tool, compared letter by letter: `needs: [provenance/URI]`.",
        (
            "The source's commit must be the judged one; provenance that tells none, or several and not"
            " which, has not run. Where BuildKit built from a folder, its `vcs` metadata counts."
        ),
        (
            "MD5 and SHA-1 are no digests, except of git: artifacts that share one can be made. Several"
            " signatures are refused, since nobody said whether one or all of them must hold."
        ),
        "A list of dependencies is what the builder chose to list: that it is complete, SLSA does not"
        " promise.",
    ),
)
