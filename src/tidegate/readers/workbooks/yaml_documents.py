"""YAML documents with the place of each value: no references, no tags, no key that is there twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from tidegate.domain.canonical import clean
from tidegate.domain.facts import LONGEST_FIELD
from tidegate.readers.workbooks.base import UnreadableWorkbook

if TYPE_CHECKING:
    import yaml

MOST_BYTES = 1024 * 1024
_MOST_DOCUMENTS = 1_000
_NOTHING = ("", "~", "null")


def read_documents(file: BinaryIO) -> list[yaml.Node]:
    """Return the documents of a file; raises `UnreadableWorkbook`, with the line where one is known."""
    import yaml  # see `gate_yaml`

    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UnreadableWorkbook(f"The YAML has more than {MOST_BYTES:,} bytes: split it, or use a workbook.")
    try:
        text = data.decode("utf-8-sig")
        nodes = list(yaml.compose_all(text, Loader=_loader()))
    except UnicodeDecodeError:
        raise UnreadableWorkbook("The YAML is not in UTF-8: save it so.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise UnreadableWorkbook(f"Line {line} is not YAML: {error.problem or error.context}.") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise UnreadableWorkbook(f"The file is not YAML: {' '.join(str(error).split())[:200]}.") from None
    if len(nodes) > _MOST_DOCUMENTS:
        raise UnreadableWorkbook(f"The file has {len(nodes):,} documents; {_MOST_DOCUMENTS:,} are read.")
    return nodes


def _loader() -> type[yaml.SafeLoader]:
    import yaml

    class PlainLoader(yaml.SafeLoader):
        """Refuses references, which can stand for more than any memory, and tags, as gates do."""

        def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
            event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it out
            line = event.start_mark.line + 1
            if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
                raise UnreadableWorkbook(
                    f"Line {line}: anchors and aliases are not allowed. Write the value out where it is used."
                )
            if getattr(event, "tag", None) is not None:
                raise UnreadableWorkbook(
                    f"Line {line}: the tag {short_name(event.tag)} is not allowed. Write the plain value."
                )
            return super().compose_node(parent, index)

    return PlainLoader


def take_out_bad_keys(node: yaml.Node, fault: Callable[[str, yaml.Node], None]) -> None:
    """Take keys out that are no words or are there twice, each with a fault: no value is chosen for them."""
    import yaml

    nodes = [node]
    while nodes:
        one = nodes.pop()
        if isinstance(one, yaml.SequenceNode):
            nodes += one.value
        if not isinstance(one, yaml.MappingNode):
            continue
        good: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
        for key, value in one.value:
            if not isinstance(key, yaml.ScalarNode):
                fault("A key is a plain word; here stands a list or a mapping.", key)
            elif key.value in good:
                fault(f"The key {short_name(key.value)} stands here twice. Keep one of them.", key)
            else:
                good[key.value] = key, value
        one.value = list(good.values())
        nodes += (value for _, value in one.value)


def is_nothing(node: yaml.Node) -> bool:
    """Tell whether no value stands there."""
    import yaml

    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in _NOTHING


def short_name(name: str) -> str:
    """Return a name as messages show it: whatever somebody wrote, and not all of it."""
    return repr(clean(name)[:LONGEST_FIELD])


def pairs_of(node: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """Go through the keys of a mapping that are words, and their values; nothing else has any."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key, value


def value_at(node: yaml.Node | None, name: str) -> yaml.Node | None:
    """Return what stands below a key."""
    return next((value for key, value in pairs_of(node) if key.value == name), None)


def text_of(node: yaml.Node | None) -> str | None:
    """Return a scalar's text."""
    import yaml

    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def line_of(node: yaml.Node) -> int:
    """Return the line where a node begins, from 1."""
    return int(node.start_mark.line) + 1
