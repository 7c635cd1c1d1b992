"""The report page in a real browser: wide and narrow, light and dark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.project import Project

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on PATH (Debian: apt-get install chromium)")
WIDTHS, SCHEMES = (1280, 390), ("light", "dark")
SMALLEST = 12  # pixels
READY = "[...document.querySelectorAll('video')].every(video => video.error || video.readyState > 1)"
BROKEN = """() => [
    ...[...document.images].filter(image => !image.complete || image.naturalWidth === 0),
    ...[...document.querySelectorAll('video')].filter(video => video.error || video.videoWidth === 0),
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


@dataclass
class Visit:
    """A page that was opened. said: errors and warnings of the console and of scripts. asked: addresses that it requested."""

    page: Page
    file: Path
    scheme: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self) -> None:
        """Open the file and wait until its videos have something to show."""
        self.page.on("console", lambda message: self.said.append(message.text) if message.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(self.file.as_uri())
        self.page.wait_for_function(READY)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=list(product(WIDTHS, SCHEMES)), ids=lambda given: f"{given[0]}-{given[1]}")
def visit(request: pytest.FixtureRequest, chromium: Browser, finished: Project) -> Iterator[Visit]:
    """The page of the finished workspace, each width in either colours."""
    width, scheme = request.param
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    visit = Visit(page, finished.root / "results/report.html", scheme)
    visit.open()
    yield visit
    page.close()


def test_all_pictures_and_videos_are_shown_and_nothing_else_is_asked_for(visit: Visit) -> None:
    assert visit.page.evaluate("document.images.length") > 5 and visit.page.evaluate("document.querySelectorAll('video').length") > 1
    assert visit.page.evaluate(BROKEN) == []
    assert [address[:80] for address in visit.asked if not address.startswith("data:")] == [visit.file.as_uri()]
    assert visit.said == []


def test_the_page_does_not_scroll_sideways_and_no_text_is_tiny(visit: Visit) -> None:
    assert visit.page.evaluate(TOO_WIDE) == 0
    visit.page.evaluate(OPEN_ALL)
    assert visit.page.evaluate(TOO_WIDE) == 0, "where everything is unfolded"
    assert visit.page.evaluate(TOO_SMALL, SMALLEST) == []


def test_the_page_is_dark_where_the_reader_has_it_dark(visit: Visit) -> None:
    ground, ink = (
        visit.page.evaluate(f"getComputedStyle(document.body).{name}.match(/\\d+/g).slice(0, 3).reduce((a, b) => +a + +b, 0) / 3")
        for name in ("backgroundColor", "color")
    )
    dark, light = sorted((ground, ink))
    assert light - dark > 150 and (ground == dark) == (visit.scheme == "dark")


def test_the_loops_play_by_themselves(visit: Visit) -> None:
    for loop in visit.page.locator(".loop video").all():
        loop.scroll_into_view_if_needed()  # Chromium waits for that
        visit.page.wait_for_function("video => !video.paused && video.currentTime > 0", arg=loop.element_handle())
    assert visit.page.evaluate("document.querySelector('video').paused"), "the video with sound waits for its reader"


def test_a_figure_opens_its_card(chromium: Browser, finished: Project) -> None:
    page = chromium.new_page()
    page.goto((finished.root / "results/report.html").as_uri())
    card = page.locator(page.locator("main td a.figure").first.get_attribute("href") or "")
    assert not card.is_visible()
    page.locator("main td a.figure").first.click()
    card.get_by_text("Backend", exact=True).wait_for(state="visible", timeout=5000)
    page.close()
