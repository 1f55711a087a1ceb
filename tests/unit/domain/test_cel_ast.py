"""The tree of an expression is decoded from the compiler's bytes, and bad bytes are refused."""

from __future__ import annotations

import pytest
from cel_expr_python import cel
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.cel_ast import Call, Literal, Many, Name, Node, decode, walk
from tidegate.domain.wording import render

_ENV = cel.NewEnv(variables={"a.b": cel.Type.INT, "c": cel.Type.BOOL, "d": cel.Type.DOUBLE})


def _tree(text: str) -> Node:
    return decode(_ENV.compile(text).serialize())


class TestDecode:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("true", True),
            ("false", False),
            ("7", 7),
            ("-7", -7),
            ("9223372036854775807", 2**63 - 1),
            ("-9223372036854775808", -(2**63)),
            ("0.25", 0.25),
            ("'é'", "é"),
            ("b'x'", b"x"),
            ("null", None),
        ],
    )
    def test_reads_literals(self, text: str, value: object) -> None:
        assert _tree(text) == Literal(value)  # type: ignore[arg-type]  # parametrised

    def test_reads_unsigned_literals(self) -> None:
        assert _tree("5u") == Literal(5, unsigned=True)

    def test_reads_names_calls_and_lists(self) -> None:
        assert _tree("a.b in [1]") == Call("@in", (Name("a.b"), Many((Literal(1),))))

    def test_reads_methods_with_their_object_first(self) -> None:
        assert _tree("'x'.size()") == Call("size", (Literal("x"),), method=True)

    def test_walks_over_every_node(self) -> None:
        names = [node.name for node in walk(_tree("c && a.b in [a.b, 2]")) if isinstance(node, Name)]
        assert names == ["c", "a.b", "a.b"]

    @pytest.mark.parametrize(
        "data", [b"", b"\x12", b"\x12\x05ab", b"\xff" * 12, b"\x13", b"\x12\x02\x22\x00"]
    )
    def test_refuses_other_bytes(self, data: bytes) -> None:
        with pytest.raises(ValueError, match="protobuf|lacks|empty"):
            decode(data)

    def test_refuses_depth(self) -> None:
        def wrap(inner: bytes, field: int) -> bytes:
            size = len(inner)
            length = b""
            while size > 127:
                length += bytes([size & 127 | 128])
                size >>= 7
            return bytes([field << 3 | 2]) + length + bytes([size]) + inner

        node = wrap(wrap(b"\x18\x01", 3)[2:], 3)
        for _ in range(120):
            node = wrap(wrap(b"!_", 2) + wrap(node, 3), 6)
        with pytest.raises(ValueError, match="deeper than 100"):
            decode(wrap(wrap(node, 4), 2))


class TestRender:
    @pytest.mark.parametrize(
        "text",
        [
            "a.b == 0 && c || !c",
            "(c || a.b > 1) && c",
            "a.b - (1 - 2) < 3 * (4 + a.b)",
            "a.b - 1 - 2 == 0",
            "-(a.b + 1) == -3",
            "!(a.b == 1)",
            "c ? a.b == 1 : (c ? c : !c)",
            "(c ? c : !c) && c",
            "double(a.b) / 2.5 >= d",
            "[1, 2][0] == a.b",
            "'x'.startsWith('y') || 5u == 5u || null == null",
            "a.b % 2 in [0, 1]",
        ],
    )
    def test_writes_what_compiles_to_the_same_tree(self, text: str) -> None:
        tree = _tree(text)
        assert _tree(render(tree)) == tree


_EXPRESSIONS = st.recursive(
    st.sampled_from(["a.b == 1", "c", "d < 0.5", "a.b + 2 > 1", "!c"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||", "=="]), inner).map(
            lambda t: f"({t[0]}) {t[1]} ({t[2]})"
        ),
        inner.map(lambda text: f"!({text})"),
    ),
    max_leaves=6,
)


@given(_EXPRESSIONS, st.integers(-2, 2), st.booleans(), st.sampled_from([0.0, 0.5, 1.0]))
def test_rendering_keeps_the_meaning(text: str, whole: int, flag: bool, rate: float) -> None:
    values = {"a.b": whole, "c": flag, "d": rate}
    again = render(_tree(text))
    assert _ENV.compile(again).eval(data=values).value() == _ENV.compile(text).eval(data=values).value()
