"""What a browser would make of a piece of HTML, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"path", "circle", "br", "img", "meta", "link", "input"}


@dataclass
class Element:
    """A tag with its attributes and all the text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""

    @property
    def classes(self) -> set[str]:
        """Its classes."""
        return set(self.attributes.get("class", "").split())


@dataclass
class Parsed:
    """The elements of a piece of HTML, in order."""

    elements: list[Element] = field(default_factory=list)

    def all(self, *, tag: str = "", cls: str = "") -> list[Element]:
        """Return the elements of a tag and a class."""
        return [one for one in self.elements if (not tag or one.tag == tag) and (not cls or cls in one.classes)]

    def one(self, *, tag: str = "", cls: str = "") -> Element:
        """Return the only element of a tag and a class."""
        (found,) = self.all(tag=tag, cls=cls)
        return found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parsed = Parsed()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.parsed.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parsed.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def parse(markup: str) -> Parsed:
    """Return the elements of a piece of HTML; every element must be closed in order."""
    parser = _Parser()
    parser.feed(markup)
    parser.close()
    assert not parser.open, f"never closed: {parser.open}"
    return parser.parsed
