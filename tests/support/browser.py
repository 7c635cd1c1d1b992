"""A page in a real browser: wide and narrow, light and dark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on PATH (Debian: apt-get install chromium)")
LOOKS = list(product((1280, 390), ("light", "dark")))
SMALLEST = 12  # pixels
SHOWN = "[...document.querySelectorAll('video')].filter(video => video.offsetParent)"
READY = f"{SHOWN}.every(video => video.error || video.readyState > 1)"
BROKEN = f"""() => [
    ...[...document.images].filter(image => !image.complete || image.naturalWidth === 0),
    ...{SHOWN}.filter(video => video.error || video.videoWidth === 0),
].map(element => element.outerHTML.slice(0, 80))"""
TOO_SMALL = """smallest => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    while (texts.nextNode()) {
        const text = texts.currentNode.textContent.trim();
        const size = parseFloat(getComputedStyle(texts.currentNode.parentElement).fontSize);
        if (text && size < smallest) found.push(`${size} px: ${text.slice(0, 60)}`);
    }
    return found;
}"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OPEN_ALL = "document.querySelectorAll('details').forEach(details => details.open = true)"
# Boxes in a figure that have more to show than room, and hints that are to be seen.
SIDEWAYS = "[...document.querySelectorAll('figure .scroll')].filter(box => box.scrollWidth > box.clientWidth).length"
HINTS = (
    "[...document.querySelectorAll('.hint')].filter(hint => hint.offsetHeight && getComputedStyle(hint).visibility === 'visible').length"
)
BRIGHTNESS = "getComputedStyle(document.body).{}.match(/\\d+/g).slice(0, 3).reduce((a, b) => +a + +b, 0) / 3"


@contextmanager
def chromium_browser() -> Iterator[Browser]:
    """Chromium, which ends with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page that was opened. said: errors and warnings of the console and of scripts. asked: addresses that it requested."""

    page: Page
    file: Path
    scheme: str = "light"
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self) -> None:
        """Open the file and wait until its videos have something to show."""
        self.page.on("console", lambda message: self.said.append(message.text) if message.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(self.file.as_uri())
        self.page.wait_for_function(READY)

    def check_it_is_whole(self) -> None:
        """All pictures and videos are shown, nothing else is asked for, and nothing is complained of."""
        assert self.page.evaluate(BROKEN) == []
        assert [address[:80] for address in self.asked if not address.startswith("data:")] == [self.file.as_uri()]
        assert self.said == []

    def check_it_is_legible(self) -> None:
        """The page does not scroll sideways, no text is tiny, and the reader is told of each box that scrolls."""
        assert self.page.evaluate(TOO_WIDE) == 0
        self.page.evaluate(OPEN_ALL)
        assert self.page.evaluate(TOO_WIDE) == 0, "where everything is unfolded"
        assert self.page.evaluate(TOO_SMALL, SMALLEST) == []
        assert self.page.evaluate(HINTS) == self.page.evaluate(SIDEWAYS)

    def check_its_colours(self) -> None:
        """It is dark where the reader has it dark, and can be read."""
        ground, ink = (self.page.evaluate(BRIGHTNESS.format(name)) for name in ("backgroundColor", "color"))
        dark, light = sorted((ground, ink))
        assert light - dark > 150 and (ground == dark) == (self.scheme == "dark")

    def check_loops_play(self) -> None:
        """They play by themselves once they are in sight."""
        loops = self.page.locator(".loop video:visible").all()
        assert loops
        for loop in loops:
            loop.scroll_into_view_if_needed()  # Chromium waits for that
            self.page.wait_for_function("video => !video.paused && video.currentTime > 0", arg=loop.element_handle())


@contextmanager
def visited(browser: Browser, file: Path, width: int, scheme: str) -> Iterator[Visit]:
    """The page in a window of so many pixels, light or dark."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    visit = Visit(page, file, scheme)
    visit.open()
    yield visit
    page.close()


def check_loops_wait(browser: Browser, file: Path) -> None:
    """Whoever asked for less motion sees each loop at rest, with controls to play it."""
    page = browser.new_page(reduced_motion="reduce")
    page.goto(file.as_uri())
    loops = page.locator(".loop video:visible").all()
    assert len(loops) == page.locator(".loop").count() > 0
    for loop in loops:
        loop.scroll_into_view_if_needed()
        page.wait_for_function("video => video.readyState > 1", arg=loop.element_handle())
    page.wait_for_timeout(300)
    assert all(loop.evaluate("video => video.paused && video.controls") for loop in loops)
    page.close()
