"""An HTML page, read for what it refers to and what it shows."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """The addresses that a page refers to, and the numbers that it shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: set[str] = set()
        self.shown: list[tuple[float, str]] = []
        self._exact: float | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.addresses += [values[name] for name in ("src", "href", "poster", "data", "srcset") if name in values]
        self.ids.add(values.get("id"))
        if tag == "data":
            self._exact = float(values["value"])

    def handle_data(self, data):
        if self._exact is not None:
            self.shown.append((self._exact, data))
            self._exact = None

    def has_all(self) -> bool:
        """Whether every address is data, or a place on the page itself."""
        return all(address.startswith("data:") or address.removeprefix("#") in self.ids for address in self.addresses)
