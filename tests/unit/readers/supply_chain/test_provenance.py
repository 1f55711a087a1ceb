"""SLSA provenance is read whole, refused by name, or has not run; without a key it never has."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.provenance import (
    BUILDER,
    COMMIT,
    IN_TOTO,
    OTHER_COMMIT,
    REPOSITORY,
    SHA256,
    STATEMENT_V01,
    V1,
    V02,
    bundle,
    envelope,
    provenance,
    provenance_02,
    statement,
)
from tests.support.reading import measure, recognises, refusal
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Source
from tidegate.readers.detect import find_reader
from tidegate.readers.supply_chain.provenance import NO_COMMIT, READER, UNSIGNED, UNVERIFIED

GIT = {"uri": f"git+{REPOSITORY}@refs/heads/main", "digest": {"gitCommit": COMMIT}}
LIBRARY = {"uri": "git+https://github.com/acme/ropes@refs/tags/v2", "digest": {"gitCommit": OTHER_COMMIT}}
IMAGE = {"uri": "pkg:docker/python@3.13", "digest": {"sha256": SHA256}}
BUILDKIT = "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md"


def of(predicate: Any = None, **more: Any) -> dict[str, Any]:
    """Sign a statement with that predicate."""
    return envelope(statement(predicate, **more))


def with_type(build_type: str, predicate: dict[str, Any]) -> dict[str, Any]:
    """Let another build type stand in a predicate of version 1."""
    predicate["buildDefinition"]["buildType"] = build_type
    return predicate


class TestReading:
    @pytest.mark.parametrize(
        "report",
        [
            of(),
            of(provenance_02(), predicateType=V02, _type=STATEMENT_V01),
            bundle(),
            bundle(mediaType="application/vnd.dev.sigstore.bundle+json;version=0.2"),
        ],
    )
    def test_gives_builder_commit_time_and_counts(self, report: Any) -> None:
        reading = measure(READER, report)
        assert (reading.kind, reading.format, reading.tool) == (Kind.PROVENANCE, "provenance", BUILDER)
        assert reading.commits == (COMMIT,)
        assert reading.made_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
        assert reading.measures == {
            "provenance.subjects": 1,
            "provenance.materials": 1,
            "provenance.unpinned": 0,
        }

    def test_has_not_run_by_itself_whatever_signed_it(self) -> None:
        reading = measure(READER, of())
        assert (reading.ran, reading.why_not) == (False, UNVERIFIED)
        assert reading.signed is not None and json.loads(reading.signed.payload) == statement()

    @pytest.mark.parametrize(
        "report", [statement(), envelope(signatures=[]), envelope(signatures=[{"sig": ""}])]
    )
    def test_without_a_signature_it_has_not_run_and_cannot_be_verified(self, report: Any) -> None:
        reading = measure(READER, report)
        assert (reading.ran, reading.why_not, reading.signed) == (False, UNSIGNED, None)

    @pytest.mark.parametrize(
        "keyless", [bundle(keyless=True), bundle(verificationMaterial={"x509CertificateChain": {}})]
    )
    def test_tells_a_certificate_from_a_key(self, keyless: Any) -> None:
        signed, other = measure(READER, keyless).signed, measure(READER, bundle()).signed
        assert signed is not None and other is not None
        assert (signed.keyless, other.keyless) == (True, False)

    def test_a_certificate_beside_the_signature_counts_as_one(self) -> None:
        report = envelope()
        report["signatures"][0]["cert"] = "-----BEGIN CERTIFICATE-----"
        signed = measure(READER, report).signed
        assert signed is not None and signed.keyless

    @pytest.mark.parametrize(
        ("dependencies", "materials", "unpinned"),
        [
            ([GIT, IMAGE], 2, 0),
            ([GIT, {"uri": "https://example.org/rope.tgz"}, {"name": "nothing"}, {}], 1, 3),
            (
                [GIT, {"uri": "a", "digest": {"md5": "0" * 32}}, {"uri": "b", "digest": {"sha1": "0" * 40}}],
                1,
                2,
            ),
            (
                [GIT, {"uri": "a", "digest": {"sha256": "0" * 40}}, {"uri": "b", "digest": {"latest": "1"}}],
                1,
                2,
            ),
            ([GIT, {"uri": "a", "digest": {"dirHash": f"h1:{'A' * 43}="}}], 2, 0),
        ],
    )
    def test_counts_what_a_digest_names(self, dependencies: Any, materials: int, unpinned: int) -> None:
        measures = measure(READER, of(provenance(dependencies=dependencies))).measures
        assert (measures["provenance.materials"], measures["provenance.unpinned"]) == (materials, unpinned)

    def test_without_a_list_of_dependencies_nothing_is_known_of_them(self) -> None:
        predicate = provenance(parameters={"configSource": {"uri": GIT["uri"], "digest": {"sha1": COMMIT}}})
        del predicate["buildDefinition"]["resolvedDependencies"]
        reading = measure(READER, of(predicate))
        assert (reading.measures, reading.commits) == ({"provenance.subjects": 1}, (COMMIT,))

    def test_takes_the_start_where_no_end_is_told_and_no_time_for_what_is_none(self) -> None:
        assert measure(READER, of(provenance(finishedOn=None))).made_at == datetime(
            2026, 11, 20, 9, 58, tzinfo=UTC
        )
        assert measure(READER, of(provenance(finishedOn="soon", startedOn=7))).made_at is None

    def test_names_the_builder_s_parts_as_its_version(self) -> None:
        builder = {"id": BUILDER, "version": {"runner": "2.3", "image": "ubuntu"}}
        assert measure(READER, of(provenance(builder=builder))).tool_version == "runner 2.3, image ubuntu"

    def test_base64_may_be_of_the_alphabet_for_urls(self) -> None:
        report = envelope(statement(subject=[{"name": "ÿ?>~ÿ?>", "digest": {"sha256": SHA256}}]))
        report["payload"] = base64.urlsafe_b64encode(base64.b64decode(report["payload"])).decode()
        assert measure(READER, report).commits == (COMMIT,)

    def test_what_is_not_known_is_passed_over_as_in_toto_asks(self) -> None:
        assert measure(READER, of(provenance(more={}), more=[1])).commits == (COMMIT,)


class TestCommit:
    @pytest.mark.parametrize(
        "predicate",
        [
            provenance(dependencies=[GIT, LIBRARY]),
            provenance(dependencies=[LIBRARY, GIT], parameters={"source": {"uri": GIT["uri"]}}),
            provenance(dependencies=[LIBRARY, GIT], parameters={"source": f"{REPOSITORY}.git"}),
            provenance(
                dependencies=[LIBRARY, GIT], parameters={"buildConfigSource": {"repository": REPOSITORY}}
            ),
            provenance(dependencies=[IMAGE, GIT, GIT], parameters={}),
            with_type(
                BUILDKIT,
                provenance(
                    dependencies=[IMAGE],
                    parameters={"configSource": {"uri": f"{REPOSITORY}.git#v1", "digest": {"sha1": COMMIT}}},
                ),
            ),
            with_type(
                BUILDKIT,
                provenance(
                    dependencies=[IMAGE, LIBRARY],
                    parameters={"configSource": {"path": "Dockerfile"}},
                    buildkit_metadata={"vcs": {"source": f"{REPOSITORY}.git", "revision": COMMIT}},
                ),
            ),
            with_type(
                BUILDKIT,
                provenance(dependencies=[], buildkit_metadata={"vcs": {"revision": COMMIT}}),
            ),
        ],
    )
    def test_is_the_only_one_or_the_one_that_the_build_was_told_to_take(self, predicate: Any) -> None:
        reading = measure(READER, of(predicate))
        assert (reading.commits, reading.why_not) == ((COMMIT,), UNVERIFIED)

    @pytest.mark.parametrize(
        "predicate",
        [
            provenance(dependencies=[]),
            provenance(dependencies=[IMAGE]),
            provenance(dependencies=[{"uri": "pkg:npm/rope@1", "digest": {"sha1": COMMIT}}]),
            provenance(dependencies=[{"uri": REPOSITORY, "digest": {"sha256": COMMIT}}]),
            provenance(dependencies=[{"uri": GIT["uri"], "digest": {"gitCommit": "8c1f0f6"}}]),
            provenance(dependencies=[{"uri": GIT["uri"], "digest": {"gitCommit": COMMIT.upper()}}]),
            provenance(dependencies=[GIT, LIBRARY], parameters={}),
            provenance(dependencies=[GIT, LIBRARY], parameters=["source"]),
            provenance(
                dependencies=[GIT, LIBRARY], parameters={"source": {"uri": "https://github.com/acme"}}
            ),
            provenance(dependencies=[GIT, {**GIT, "digest": {"gitCommit": OTHER_COMMIT}}]),
            provenance(dependencies=[LIBRARY]),  # of a build that was told to take another repository
            provenance(dependencies=[LIBRARY], parameters={"source": "gs://acme/harbour.tgz"}),
            with_type(BUILDKIT, provenance(dependencies=[LIBRARY], parameters={"configSource": {}})),
            with_type(
                BUILDKIT,
                provenance(dependencies=[], buildkit_metadata={"vcs": {"revision": f"{COMMIT}-dirty"}}),
            ),
            with_type(
                "https://tekton.dev/chains/v2/slsa",
                provenance(
                    dependencies=[GIT, LIBRARY], parameters={"buildConfigSource": {"repository": REPOSITORY}}
                ),
            ),
        ],
    )
    def test_that_is_not_told_leaves_the_report_as_not_run(self, predicate: Any) -> None:
        reading = measure(READER, of(predicate))
        assert (reading.ran, reading.why_not, reading.signed) == (False, NO_COMMIT, None)
        assert reading.commits == ()

    @pytest.mark.parametrize(
        "source",
        [
            "git@github.com:acme/harbour.git",
            "ssh://git@github.com/acme/harbour",
            "./src",
            "harbour",
            "",
            None,
        ],
    )
    def test_is_the_only_one_however_the_build_was_told_its_source(self, source: str | None) -> None:
        predicate = provenance(parameters={"source": source})
        assert measure(READER, of(predicate)).commits == (COMMIT,)

    def test_of_version_0_2_is_that_of_config_source(self) -> None:
        library = {"uri": LIBRARY["uri"], "digest": {"sha1": OTHER_COMMIT}}
        source = {"uri": GIT["uri"], "digest": {"sha1": COMMIT}}
        predicate = provenance_02(materials=[library, source])
        assert measure(READER, of(predicate, predicateType=V02)).commits == (COMMIT,)
        tekton = {**predicate, "buildType": "https://tekton.dev/attestations/chains@v2"}
        assert measure(READER, of(tekton, predicateType=V02)).why_not == NO_COMMIT

    def test_of_buildkit_s_checkout_in_version_0_2(self) -> None:
        vcs = {"https://mobyproject.org/buildkit@v1#metadata": {"vcs": {"revision": COMMIT}}}
        predicate = provenance_02(
            buildType="https://mobyproject.org/buildkit@v1", materials=None, invocation=None, metadata=vcs
        )
        reading = measure(READER, of(predicate, predicateType=V02))
        assert (reading.commits, reading.measures) == ((COMMIT,), {"provenance.subjects": 1})


class TestRefusals:
    @pytest.mark.parametrize(
        ("report", "words"),
        [
            (envelope(payload="e30"), "payload is not base64"),
            (envelope(payload="e31="), "payload is not base64"),  # bits that no byte takes
            (envelope(payload="ä"), "payload is not base64"),
            (envelope(payload="e30=\n"), "payload is not base64"),
            (envelope(signatures=[{"sig": "%%%"}]), "signature is not base64"),
            (envelope(signatures=[{"sig": "AAAA"}] * 2), "holds 2 signatures, and one is read"),
            (envelope(payloadType="application/json"), "payloadType is application/json"),
            (envelope(payloadType=""), "payloadType is empty"),
            (envelope(signatures=None), "At `$.signatures`"),
            ({"payload": "e30=", "payloadType": "x"}, "missing required field `signatures`"),
            (envelope(b"{"), "ends before its JSON does"),
            (envelope(b""), "The report is empty"),
            (envelope(b"\xff\xfe{\0}\0"), "UTF-16"),
            (envelope(b'{"_type": "a", "_type": "b"}'), "`_type` stands twice"),
            (envelope({"a": 1}), "missing required field `_type`"),
            (
                envelope(statement(_type="https://in-toto.io/Statement/v2")),
                "_type is https://in-toto.io/Statement/v2",
            ),
            (
                of(predicateType="https://slsa.dev/provenance/v0.1"),
                "predicateType is https://slsa.dev/provenance/v0.1",
            ),
            (of(predicateType="https://spdx.dev/Document"), "predicateType is https://spdx.dev/Document"),
            (of(predicateType="https://slsa.dev/provenance/v1.0"), "predicateType is"),
            (of(predicateType=""), "predicateType is empty"),
            (of(subject=[]), "has no subject"),
            (of(subject=None), "has no subject"),
            (of(subject=[{"name": "a"}]), "`$.subject[0]` has no digest at all"),
            (of(subject=[{"name": "a", "digest": {}}]), "`$.subject[0]` has no digest at all"),
            (
                of(subject=[{"name": "a", "digest": {"md5": "0" * 32, "sha1": "0" * 40}}]),
                "(md5, sha1) that can",
            ),
            (of(subject=[{"name": "a", "digest": {"sha256": SHA256.upper()}}]), "The sha256 of the subject"),
            (of(subject=[{"name": "a", "digest": {"sha512": SHA256}}]), "The sha512 of the subject"),
            (
                of(subject=[{"digest": {"sha256": SHA256}}, {"digest": {"sha256": 7}}]),
                "`$.subject[1].digest[...]`",
            ),
            (of({"a": 1}), "At `$.predicate` the report"),
            (of("provenance"), "At `$.predicate` the report"),
            (of(provenance_02()), "`$.predicate`"),
            (of(provenance(), predicateType=V02), "`$.predicate`"),
            (of(provenance(builder={"id": ""})), "The builder's id (empty)"),
            (of(provenance(builder={"id": " "})), "The builder's id"),
            (of(provenance(builder={"id": "a\nb"})), "The builder's id (ab)"),
            (of(provenance(builder={"id": "a" * 201})), "more than 200 characters"),
            (of(provenance(builder={})), "missing required field `id`"),
            (bundle(mediaType="application/vnd.dev.sigstore.bundle.v9+json"), "mediaType is"),
            (bundle(dsseEnvelope=None, messageSignature={}), "holds no dsseEnvelope"),
            (bundle(dsseEnvelope=[]), "At `$.dsseEnvelope`"),
            (bundle(envelope(signatures=[{"sig": "AAAA"}] * 3)), "holds 3 signatures"),
            (
                json.dumps(envelope()) + "\n" + json.dumps(envelope()) + "\n",
                "several attestations, one a line",
            ),
            (json.dumps(envelope()) + " {}", "something that does not belong to it follows"),
            ("", "The report is empty"),
        ],
    )
    def test_say_what_is_wrong(self, report: Any, words: str) -> None:
        assert words in refusal(READER, report)

    def test_of_what_is_larger_than_any_provenance(self) -> None:
        assert "no more than 16,777,216 are read" in refusal(READER, json.dumps(envelope()) + " " * (1 << 24))

    @pytest.mark.parametrize("limits", [Limits(max_depth=4), Limits(max_items=3)])
    def test_of_what_is_over_a_limit_within_the_payload(self, limits: Limits) -> None:
        assert refusal(READER, of(), limits)

    def test_of_a_report_cut_anywhere(self) -> None:
        text = json.dumps(envelope())
        for end in range(0, len(text), 7):
            assert refusal(READER, text[:end])


class TestSniff:
    @pytest.mark.parametrize(
        "report",
        [
            statement(),
            envelope(),
            bundle(),
            {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "messageSignature": {}},
            {"_type": STATEMENT_V01},
            '{"payload": "eyJfdHlw',
            {"subject": [], "predicateType": V1},
        ],
    )
    def test_knows_what_carries_a_statement(self, report: Any) -> None:
        assert recognises(READER, report)

    def test_finds_it_where_what_tells_it_stands_behind_a_long_part(self) -> None:
        long = envelope(statement(subject=[{"name": "a" * 99, "digest": {"sha256": SHA256}}] * 900))
        ordered = {"signatures": long["signatures"], "payload": long["payload"], "payloadType": IN_TOTO}
        material = {"verificationMaterial": {"tlogEntries": ["a" * 99_000]}}
        for report in (long, ordered, {**material, **bundle(long), **material}):
            found = Source.of_bytes(json.dumps(report).encode())
            assert find_reader(found).format == "provenance"
            assert measure(READER, report).measures["provenance.subjects"] == 900

    @pytest.mark.parametrize(
        "report", [{}, [], [statement()], {"payload": 1}, {"subject": 1}, "text", "<a/>"]
    )
    def test_leaves_the_rest(self, report: Any) -> None:
        assert not recognises(READER, report)
