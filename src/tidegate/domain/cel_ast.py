"""The syntax tree of a CEL expression, decoded from the checked form that the compiler serialises."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: a number, a text, a truth value, bytes or null. `unsigned` marks `1u`."""

    value: bool | int | float | str | bytes | None
    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A measure (or a type) that is mentioned by its full dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operator (`_&&_`, `_==_`) or a function; the object of a method call is the first argument."""

    function: str
    args: tuple[Node, ...]
    method: bool = False


@dataclass(frozen=True, slots=True)
class Many:
    """A list."""

    elements: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A member of something, such as `facts.health`: names with dots are read as these, if undeclared."""

    of: Node
    name: str


@dataclass(frozen=True, slots=True)
class Other:
    """Something that no gate needs: a map, a macro that loops, or the question whether a member exists."""

    what: str


Node: TypeAlias = "Literal | Name | Call | Many | Field | Other"

# Field numbers of google/api/expr/v1alpha1/syntax.proto and checked.proto, in the spelling of cel.expr.
_ANY_VALUE = 2
_CHECKED_EXPR = 4
_CONST, _IDENT, _FIELD, _CALL, _LIST = 3, 4, 5, 6, 7
_OTHERS = {8: "a map", 9: "a macro that loops"}
_BOOL, _INT64, _UINT64, _DOUBLE, _STRING = 2, 3, 4, 5, 6


def decode(serialized: bytes) -> Node:
    """Decode a CheckedExpr inside an Any into its tree.

    Raises `ValueError` where the bytes are none, or nest deeper than `MAX_DEPTH`.
    """
    checked = _message(serialized, _ANY_VALUE)
    return _node(_message(checked, _CHECKED_EXPR), 0)


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and everything below it."""
    yield node
    for child in parts_of(node):
        yield from walk(child)


def rewrite(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """Return the tree with other parts where `change` gives one; what it leaves is gone into."""
    changed = change(node)
    if changed is not None:
        return changed
    match node:
        case Call(function, args, method):
            return Call(function, tuple(rewrite(arg, change) for arg in args), method)
        case Many(elements):
            return Many(tuple(rewrite(element, change) for element in elements))
    return node


def parts_of(node: Node) -> tuple[Node, ...]:
    """Return what a node consists of."""
    if isinstance(node, Call):
        return node.args
    if isinstance(node, Many):
        return node.elements
    return (node.of,) if isinstance(node, Field) else ()


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and raw value of each field of a protobuf message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        size = {1: 8, 5: 4}.get(wire)
        if wire == 2:
            size, at = _varint(data, at)
        if size is None or at + size > len(data):
            raise ValueError("not a protobuf message")
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    result = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, at
        shift += 7
    raise ValueError("not a protobuf number")


def _message(data: bytes, wanted: int) -> bytes:
    for number, value in _fields(data):
        if number == wanted and isinstance(value, bytes):
            return value
    raise ValueError(f"the compiled expression lacks its field {wanted}")


def _node(data: bytes, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise ValueError(f"the expression nests deeper than {MAX_DEPTH} levels")
    for number, value in _fields(data):
        if not isinstance(value, bytes):
            continue  # the node's id
        if number == _CONST:
            return _literal(value)
        if number == _IDENT:
            return Name(_message(value, 1).decode())
        if number == _CALL:
            return _call(value, depth)
        if number == _FIELD:
            return _member(value, depth)
        if number == _LIST:
            elements = (element for field, element in _fields(value) if field == 1)
            return Many(
                tuple(_node(element, depth + 1) for element in elements if isinstance(element, bytes))
            )
        return Other(_OTHERS.get(number, "something unknown"))
    raise ValueError("the compiled expression holds an empty node")


def _member(data: bytes, depth: int) -> Node:
    if any(number == 3 and value for number, value in _fields(data)):
        return Other("has(…)")
    return Field(_node(_message(data, 1), depth + 1), _message(data, 2).decode())


def _call(data: bytes, depth: int) -> Call:
    function = ""
    args: list[Node] = []
    method = False
    for number, value in _fields(data):
        if not isinstance(value, bytes):
            continue
        if number == 2:
            function = value.decode()
        elif number == 1:
            method = True
            args.insert(0, _node(value, depth + 1))
        elif number == 3:
            args.append(_node(value, depth + 1))
    return Call(function, tuple(args), method)


def _literal(data: bytes) -> Literal:
    for number, value in _fields(data):
        if isinstance(value, int):
            if number == _BOOL:
                return Literal(bool(value))
            if number == _INT64:
                return Literal(value - (1 << 64) if value >> 63 else value)
            if number == _UINT64:
                return Literal(value, unsigned=True)
            return Literal(None)
        if number == _DOUBLE:
            return Literal(float(struct.unpack("<d", value)[0]))
        if number == _STRING:
            return Literal(value.decode())
        return Literal(value)
    return Literal(None)
