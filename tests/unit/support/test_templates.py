"""Tests of compiling templates once."""

from __future__ import annotations

from jinja2 import DictLoader, Environment

from tests.support.templates import CompiledTemplates


def rendered(text: str, kept: CompiledTemplates) -> str:
    """Render a page of this text in an environment of its own."""
    environment = Environment(loader=DictLoader({"page": text}), bytecode_cache=kept, autoescape=True)
    return environment.get_template("page").render(name="harbour")


class TestCompiledTemplates:
    def test_render_the_same_in_another_environment(self) -> None:
        kept = CompiledTemplates()
        assert rendered("Hello {{ name }}", kept) == rendered("Hello {{ name }}", kept) == "Hello harbour"

    def test_of_another_text_are_compiled_anew(self) -> None:
        kept = CompiledTemplates()
        assert [rendered(text, kept) for text in ("one", "two", "one")] == ["one", "two", "one"]
