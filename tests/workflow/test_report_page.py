"""The report page of a whole run in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import LOOKS, Visit, check_loops_wait, chromium_browser, needs_chromium, visited
from tests.support.project import Project

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_browser() as browser:
        yield browser


@pytest.fixture(scope="module", params=LOOKS, ids=lambda given: f"{given[0]}-{given[1]}")
def visit(request: pytest.FixtureRequest, chromium: Browser, finished: Project) -> Iterator[Visit]:
    """The page of the finished workspace, each width in either colours."""
    with visited(chromium, finished.root / "results/report.html", *request.param) as visit:
        yield visit


def test_all_pictures_and_videos_are_shown_and_nothing_else_is_asked_for(visit: Visit) -> None:
    assert visit.page.evaluate("document.images.length") > 5 and visit.page.evaluate("document.querySelectorAll('video').length") > 1
    visit.check_it_is_whole()


def test_the_page_does_not_scroll_sideways_and_no_text_is_tiny(visit: Visit) -> None:
    visit.check_it_is_legible()


def test_the_page_is_dark_where_the_reader_has_it_dark(visit: Visit) -> None:
    visit.check_its_colours()


def test_the_loops_play_by_themselves(visit: Visit) -> None:
    visit.check_loops_play()
    assert visit.page.evaluate("document.querySelector('video').paused"), "the video with sound waits for its reader"


def test_the_loops_wait_for_a_reader_who_wants_less_motion(chromium: Browser, finished: Project) -> None:
    check_loops_wait(chromium, finished.root / "results/report.html")


def test_a_figure_opens_its_card(chromium: Browser, finished: Project) -> None:
    page = chromium.new_page()
    page.goto((finished.root / "results/report.html").as_uri())
    card = page.locator(page.locator("main td a.figure").first.get_attribute("href") or "")
    assert not card.is_visible()
    page.locator("main td a.figure").first.click()
    card.get_by_text("Backend", exact=True).wait_for(state="visible", timeout=5000)
    page.close()
