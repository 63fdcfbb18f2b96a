"""A page as tests look at it: elements with their attributes and their exact text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Protocol

VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass(eq=False)
class Element:
    tag: str
    attributes: dict[str, str]
    pieces: list[str] = field(default_factory=list)
    inside: list["Element"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The characters between the tags, untouched, as `textContent` gives them."""
        return "".join(self.pieces)

    @property
    def words(self) -> str:
        return " ".join(self.text.split())

    def __getitem__(self, attribute: str) -> str:
        return self.attributes[attribute]

    def __contains__(self, attribute: str) -> bool:
        return attribute in self.attributes

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        """Elements inside with these attributes; `_` stands for `-`, as in `aria_`."""
        wanted = {
            name.rstrip("_").replace("_", "-"): v for name, v in attributes.items()
        }
        return [
            element
            for element in self.inside
            if element.tag == tag
            and all(element.attributes.get(name) == v for name, v in wanted.items())
        ]

    def one(self, tag: str, **attributes: str) -> "Element":
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} <{tag}> with {attributes}"
        return found[0]

    def classed(self, name: str) -> list["Element"]:
        return [e for e in self.inside if name in e.attributes.get("class", "").split()]

    def values(self) -> dict[str, str]:
        """What the inputs would send; of boxes with one name, the last ticked."""
        named = {
            e["name"]: e.attributes.get("value", "")
            for e in self.all("input")
            if "name" in e and ("type", "checkbox") not in e.attributes.items()
        }
        boxes = [e for e in self.all("input", type="checkbox") if "checked" in e]
        named |= {e["name"]: e["value"] for e in boxes if "name" in e}
        for select in self.all("select"):
            options = select.all("option")
            chosen = [o for o in options if "selected" in o] or options
            named[select["name"]] = chosen[0]["value"]
        areas = {e["name"]: e.text.removeprefix("\n") for e in self.all("textarea")}
        return named | areas


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        for outer in self._around():
            outer.inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for outer in self._around():
            outer.pieces.append(data)

    def _around(self) -> list[Element]:
        """The open elements; what a <template> holds is not in the page around it."""
        tags = [element.tag for element in self.open]
        innermost = max(
            (i for i, tag in enumerate(tags) if tag == "template"), default=0
        )
        return self.open[innermost:]


class Response(Protocol):
    @property
    def status_code(self) -> int: ...

    @property
    def content(self) -> bytes: ...


def page(response: Response, status: int = 200) -> Element:
    """Parse the response, which has to have this status and well-nested tags."""
    assert response.status_code == status, response.status_code
    parser = _Parser()
    parser.feed(response.content.decode())
    parser.close()
    assert len(parser.open) == 1, [element.tag for element in parser.open]
    return parser.open[0]
