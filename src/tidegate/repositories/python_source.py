"""Python sources: health checks that answer a literal, and schedulers that each web worker starts."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tidegate.domain.repository_facts import Place, ReadFile, RepositoryFinding, RepositoryRule

_PARTS = {"database", "db", "redis", "cache", "queue", "broker", "storage", "scheduler", "worker"}
_GOOD = {"connected", "ok", "up", "healthy", "running", "available", "pass"}
_HEALTH = ("health", "ready", "live", "status")
_SCHEDULERS = {"BackgroundScheduler", "AsyncIOScheduler", "ThreadScheduler"}


def read_python(path: str, text: str, *, web_workers: int | None = None) -> ReadFile:
    """Read a Python source; one that does not parse is another Python's, or a template, and says nothing."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ReadFile()
    findings = [*_literals(path, tree)]
    if web_workers is not None and web_workers > 1:
        findings += _schedulers(path, tree, web_workers)
    return ReadFile(findings=tuple(findings))


def _literals(path: str, tree: ast.Module) -> Iterator[RepositoryFinding]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and _is_health(function):
            for node in ast.walk(function):
                if isinstance(node, ast.Dict):
                    yield from _said(path, node)


def _is_health(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    texts = [function.name.lower()]
    for decorator in function.decorator_list:
        texts += [
            str(node.value).lower()
            for node in ast.walk(decorator)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    return any(word in text for text in texts for word in _HEALTH)


def _said(path: str, node: ast.Dict) -> Iterator[RepositoryFinding]:
    for key, value in zip(node.keys, node.values, strict=True):
        if not (isinstance(key, ast.Constant) and isinstance(value, ast.Constant)):
            continue
        part, said = key.value, value.value
        if not (isinstance(part, str) and isinstance(said, str)):
            continue
        if part.lower() in _PARTS and said.lower() in _GOOD:
            message = (
                f"The health answer says {part} is {said!r} as a literal: it says so when it is not. "
                f"Ask the {part}, and answer what it said."
            )
            yield RepositoryFinding(RepositoryRule.HEALTH_LITERAL, Place(path, value.lineno), message)


def _schedulers(path: str, tree: ast.Module, workers: int) -> Iterator[RepositoryFinding]:
    """Find schedulers that are started where the module is imported: each worker imports it."""
    made = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and _made(node.value) in _SCHEDULERS
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in tree.body:
        call = node.value if isinstance(node, ast.Expr) else None
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        if call.func.attr == "start" and isinstance(call.func.value, ast.Name) and call.func.value.id in made:
            message = (
                f"The scheduler starts where the module is imported, which each of the {workers} web workers "
                "does: every job runs that many times. Start it in a process of its own."
            )
            yield RepositoryFinding(RepositoryRule.SCHEDULER_PER_WORKER, Place(path, call.lineno), message)


def _made(node: ast.expr) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    return getattr(node.func, "id", None) or getattr(node.func, "attr", None)
