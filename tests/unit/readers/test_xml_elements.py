"""Elements of a shape are handed over as they end, those of the same names elsewhere are passed over."""

from __future__ import annotations

import pytest

from tests.support.reading import source
from tidegate.readers.base import Limits, Unreadable
from tidegate.readers.xml import feed
from tidegate.readers.xml_elements import ElementsDocument, ElementShape, XmlElement, texts_of


def elements(xml: str, max_text: int = 100) -> list[XmlElement]:
    """Read the `<item>` of a document: each with its name, its tags and the items inside it."""
    found: list[XmlElement] = []
    item = ElementShape(texts_of("name", "tag"), done=found.append)
    item.inside["items"] = ElementShape({"item": item})
    document = ElementsDocument("root", ElementShape({"item": item}), max_text, {"x:item"})
    for _ in feed(source(xml), Limits(), document):
        pass
    return found


def test_an_element_has_its_attributes_and_texts() -> None:
    (item,) = elements(
        '<root><item id="1"><name> a&amp;b </name><tag>c</tag><tag><![CDATA[<d>]]></tag></item></root>'
    )
    assert (item.name, item.attributes, item.value("name")) == ("item", {"id": "1"}, "a&b")
    assert item.texts("tag") == ["c", "<d>"] and item.value("other") is None


def test_those_inside_it_are_handed_over_before_it_and_not_kept() -> None:
    inner, outer = elements(
        "<root><item><name>a</name><items><item><name>b</name></item></items></item></root>"
    )
    assert (inner.value("name"), outer.value("name")) == ("b", "a")
    assert outer.all("items", "item") == []


@pytest.mark.parametrize(
    "xml",
    [
        "<root><other><item/></other></root>",
        "<root><items><item/></items></root>",
        "<root><x:item><name>a</name></x:item></root>",
        "<root><root><item/></root></root>",
    ],
)
def test_one_at_another_place_is_passed_over(xml: str) -> None:
    assert elements(xml) == []


def test_elements_inside_a_text_are_passed_over() -> None:
    (item,) = elements("<root><item><name>a<name>b</name><item/>c</name><tag>d</tag></item></root>")
    assert (item.value("name"), item.value("tag")) == ("abc", "d")


def test_a_long_text_is_cut() -> None:
    (item,) = elements(f"<root><item><name>{'a' * 50}&lt;{'b' * 50}</name></item></root>", max_text=10)
    assert item.value("name") == "a" * 10


def test_another_root_is_refused() -> None:
    with pytest.raises(Unreadable, match="not <root>"):
        elements("<item/>")
