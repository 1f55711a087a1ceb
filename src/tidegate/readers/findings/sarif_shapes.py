"""The parts of a SARIF 2.1.0 log that its reader looks at, as typed structs (names as in the standard)."""

from __future__ import annotations

from typing import Any

import msgspec


class Text(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A message or message string."""

    text: str | None = None
    markdown: str | None = None
    id: str | None = None
    arguments: list[str] | None = None


class Configuration(msgspec.Struct, gc=False, rename="camel"):
    """How a rule is configured where a result does not say otherwise."""

    level: str | None = None
    enabled: bool | None = None


class Score(msgspec.Struct, gc=False):
    """The one property of a result that has a meaning by convention."""

    security_severity: Any = msgspec.field(name="security-severity", default=None)


class RuleProperties(Score, gc=False):
    """The same of a rule, and its tags."""

    tags: Any = None


class SarifRule(msgspec.Struct, rename="camel"):
    """A reporting descriptor."""

    id: str = ""
    name: str | None = None
    default_configuration: Configuration | None = None
    message_strings: dict[str, Text] | None = None
    properties: RuleProperties | None = None


class SarifComponent(msgspec.Struct, rename="camel"):
    """The tool's driver or one of its extensions."""

    name: str | None = None
    version: str | None = None
    semantic_version: str | None = None
    rules: list[SarifRule] | None = None


class Tool(msgspec.Struct, rename="camel"):
    """A tool: its driver and what extends it."""

    driver: SarifComponent | None = None
    extensions: list[SarifComponent] | None = None


class Descriptor(msgspec.Struct, gc=False):
    """What a notification is about."""

    id: str | None = None


class Notification(msgspec.Struct, rename="camel"):
    """What a tool says about its own run."""

    level: str | None = None
    message: Text | None = None
    descriptor: Descriptor | None = None
    exception: Any = None
    locations: list[Location] | None = None


class Suppression(msgspec.Struct, gc=False, rename="camel"):
    """A decision that a result need not be looked at; `state` is what some tools write for `status`."""

    status: str | None = None
    state: str | None = None


class ComponentReference(msgspec.Struct, gc=False):
    """Which tool component a rule belongs to."""

    index: int | None = None


class RuleReference(msgspec.Struct, gc=False, rename="camel"):
    """Which rule a result belongs to."""

    id: str | None = None
    index: int | None = None
    tool_component: ComponentReference | None = None


class Override(msgspec.Struct, rename="camel"):
    """How one start of the tool configured a rule other than the rule itself does."""

    configuration: Configuration | None = None
    descriptor: RuleReference | None = None


class Folder(msgspec.Struct, gc=False, rename="camel"):
    """Where something is, perhaps relative to a base."""

    uri: str | None = None
    uri_base_id: str | None = None


class UriBase(Folder, gc=False, rename="camel"):
    """An address that others are relative to."""


class Invocation(msgspec.Struct, rename="camel"):
    """One start of the tool."""

    execution_successful: bool | None = None
    exit_code: Any = None
    exit_signal_name: Any = None
    exit_signal_number: Any = None
    process_start_failure_message: Any = None
    start_time_utc: Any = None
    end_time_utc: Any = None
    working_directory: Folder | None = None
    tool_execution_notifications: list[Notification] | None = None
    tool_configuration_notifications: list[Notification] | None = None
    rule_configuration_overrides: list[Override] | None = None


class Provenance(msgspec.Struct, gc=False, rename="camel"):
    """Which state of which repository the run looked at."""

    revision_id: Any = None


class Rated(msgspec.Struct, gc=False, rename="camel"):
    """A result, as far as counting needs it."""

    rule_id: str | None = None
    rule_index: int | None = None
    rule: RuleReference | None = None
    level: str | None = None
    kind: str | None = None
    baseline_state: str | None = None
    suppressions: list[Suppression] | None = None
    properties: Score | None = None


class Artifact(Folder, gc=False, rename="camel"):
    """Where a file is, by its address or by its place among the run's artifacts."""

    index: int | None = None


class Region(msgspec.Struct, gc=False, rename="camel"):
    """Which part of a file."""

    start_line: int | None = None


class Physical(msgspec.Struct, gc=False, rename="camel"):
    """A place in a file."""

    artifact_location: Artifact | None = None
    region: Region | None = None


class Location(msgspec.Struct, gc=False, rename="camel"):
    """A place."""

    physical_location: Physical | None = None


class Result(Rated, gc=False, rename="camel"):
    """A result with what a finding shows."""

    message: Text = Text()
    locations: list[Location] | None = None
    fingerprints: dict[str, Any] | None = None
    partial_fingerprints: dict[str, Any] | None = None


class RunArtifact(msgspec.Struct, gc=False):
    """A file that the run knows."""

    location: Artifact | None = None


class External(msgspec.Struct, gc=False):
    """Parts of a run that are kept in other files."""

    results: list[Any] | None = None


class RunProperties(msgspec.Struct):
    """What Bandit says of its run there, as it stands."""

    metrics: Any = None


class Conversion(msgspec.Struct, gc=False):
    """What made the log of another format's report."""

    tool: Tool | None = None


class Run(msgspec.Struct, rename="camel"):
    """One run of one tool; without `results` nothing was looked for.

    Results stay bytes until each is read: a log of 100,000 needs little more memory than its text.
    """

    tool: Tool | None = None
    invocations: list[Invocation] | None = None
    artifacts: list[RunArtifact] | None = None
    external_property_file_references: External | None = None
    original_uri_base_ids: dict[str, UriBase] | None = None
    version_control_provenance: list[Provenance] | None = None
    properties: RunProperties | None = None
    conversion: Conversion | None = None
    results: list[msgspec.Raw] | None = None


class Log(msgspec.Struct, rename="camel"):
    """The root of the report."""

    runs: list[Run] | None
    version: str | None = None
    inline_external_properties: list[External] | None = None


class AnyObject(msgspec.Struct, gc=False):
    """Whatever is an object: 16 bytes each."""


class OutlineRun(msgspec.Struct):
    """A run as its number of results alone."""

    results: list[AnyObject] | None = None


class Outline(msgspec.Struct):
    """A log as the numbers of its results: shows that each is an object before room is made for them."""

    runs: list[OutlineRun] | None
