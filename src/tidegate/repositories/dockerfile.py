"""Dockerfiles: base image, user, port and health check, and whether that check's command is there."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.domain.repository_facts import (
    Place,
    ReadFile,
    RepositoryFact,
    RepositoryFinding,
    RepositoryRule,
    joined,
    unreadable,
)
from tidegate.repositories.shell import ShellCommand, cannot_fail, commands_of

_OPTION = re.compile(r"--[a-z-]+(?:=\S+)?\s+")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))")
_INSTALLS = {"install", "add"}
# What is known not to be in these images, by how their references look. Of others nothing is claimed.
_WITHOUT: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"(?:.*/)?(?:python|node|ruby|php):\S*slim\S*"), frozenset({"curl", "wget"})),
    (re.compile(r"(?:.*/)?(?:debian|ubuntu)(?::\S+)?"), frozenset({"curl", "wget"})),
    (re.compile(r"(?:.*/)?(?:alpine(?::\S+)?|(?:python|node|ruby):\S*alpine\S*)"), frozenset({"curl"})),
)


@dataclass(slots=True)
class _Stage:
    """What one stage of a build says; those of the stage that it is made from are taken over."""

    base: str
    base_line: int
    user: tuple[str, int] | None = None
    check: tuple[str, int] | None = None
    ports: list[tuple[str, int]] = field(default_factory=list)
    installed: set[str] = field(default_factory=set)
    unclear: bool = False


def read_dockerfile(path: str, text: str) -> ReadFile:
    """Read a Dockerfile: what the last stage says is what runs."""
    from dockerfile_parse import DockerfileParser  # slow to import, and needed for this alone

    structure = DockerfileParser(fileobj=io.StringIO(text)).structure
    stage = _last_stage(structure)
    if stage is None:
        return unreadable(path, "it has no FROM")
    facts = [RepositoryFact("image.base", stage.base, Place(path, stage.base_line))]
    if stage.user is not None:
        facts.append(RepositoryFact("image.user", stage.user[0], Place(path, stage.user[1])))
    if stage.ports:
        ports = joined(port for port, _ in stage.ports)
        facts.append(RepositoryFact("image.port", _number(ports), Place(path, stage.ports[0][1])))
    findings: tuple[RepositoryFinding, ...] = ()
    if stage.check is not None:
        value, line = stage.check
        command = check_command(value)
        facts.append(RepositoryFact("image.healthcheck", command, Place(path, line)))
        findings = tuple(_judged(command, stage, Place(path, line)))
    return ReadFile(tuple(facts), findings)


def check_findings(command: str, place: Place) -> Iterator[RepositoryFinding]:
    """Say of a health check's command that it cannot fail, where that is so."""
    commands = _commands(command)
    if commands and cannot_fail(commands):
        message = (
            f"The health check `{command}` ends with 0 whatever is answered: it can never fail. "
            "End it with `|| exit 1`, or leave out what comes after the request."
        )
        yield RepositoryFinding(RepositoryRule.HEALTH_CHECK_CANNOT_FAIL, place, message)


def check_command(value: str) -> str:
    """Return the command of HEALTHCHECK without options and `CMD`, `none` where it is switched off."""
    rest = value.strip()
    while (option := _OPTION.match(rest)) is not None:
        rest = rest[option.end() :]
    if rest.upper() == "NONE":
        return "none"
    rest = rest[3:].strip() if rest[:3].upper() == "CMD" else rest
    return _words(rest)


def _words(text: str) -> str:
    """Return a command of the form `["a", "b"]` as one line."""
    if text.startswith("["):
        try:
            return " ".join(str(one) for one in json.loads(text))
        except (ValueError, RecursionError):
            return text
    return text


def _judged(command: str, stage: _Stage, place: Place) -> Iterator[RepositoryFinding]:
    yield from check_findings(command, place)
    missing = next((lacks for pattern, lacks in _WITHOUT if pattern.fullmatch(stage.base)), frozenset())
    for one in _commands(command)[:1]:
        if one.name in missing and one.name not in stage.installed and not stage.unclear:
            message = (
                f"The health check runs {one.name}, which is not in {stage.base} and is not installed: it "
                f"fails whatever is answered. Install {one.name}, or ask with Python."
            )
            yield RepositoryFinding(RepositoryRule.HEALTH_CHECK_COMMAND_MISSING, place, message)


def _commands(line: str) -> tuple[ShellCommand, ...]:
    try:
        return commands_of(line)
    except ValueError:
        return ()


def _last_stage(structure: Sequence[Mapping[str, object]]) -> _Stage | None:
    variables: dict[str, str] = {}
    stages: dict[str, _Stage] = {}
    stage: _Stage | None = None
    for one in structure:
        instruction, value = str(one["instruction"]), str(one["value"])
        line = int(str(one["startline"])) + 1
        if instruction == "ARG" and stage is None:
            name, _, default = value.partition("=")
            variables[name.strip()] = default.strip().strip("\"'")
        elif instruction == "FROM":
            stage = _begun(_filled(_OPTION.sub("", value), variables), line, stages)
        elif stage is not None:
            _note(stage, instruction, value, line)
    return stage


def _begun(value: str, line: int, stages: dict[str, _Stage]) -> _Stage:
    image, *more = value.split() or [""]
    before = stages.get(image.lower())
    stage = _Stage(image, line)
    if before is not None:
        stage = _Stage(before.base, before.base_line, before.user, before.check, [*before.ports])
        stage.installed, stage.unclear = set(before.installed), before.unclear
    if len(more) == 2 and more[0].upper() == "AS":
        stages[more[1].lower()] = stage
    stages[str(len(stages))] = stage
    return stage


def _note(stage: _Stage, instruction: str, value: str, line: int) -> None:
    if instruction == "USER":
        stage.user = (value.strip(), line)
    elif instruction == "EXPOSE":
        stage.ports += [(port.partition("/")[0], line) for port in value.split() if "$" not in port]
    elif instruction == "HEALTHCHECK":
        stage.check = (value, line)
    elif instruction == "RUN":
        words = set(re.split(r"[\s=;&|]+", value))
        if words & _INSTALLS:
            stage.installed |= words
        # A script may install anything.
        stage.unclear |= any(word.endswith(".sh") or word.startswith("./") for word in words)
    elif instruction in ("COPY", "ADD"):
        stage.installed |= {word.rpartition("/")[2] for word in value.split()}


def _filled(text: str, variables: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return variables.get(found[1] or found[3]) or found[2] or found[0]

    return _VARIABLE.sub(value, text)


def _number(text: str) -> str | int:
    return int(text) if text.isdigit() and len(text) < 6 else text
