"""The page of somebody else's methods, from test sets made by hand: names as long and as odd as can be, and few people."""

from __future__ import annotations

import base64
import html
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from reenact.evaluation.external import ExternalMethod
from reenact.evaluation.own_code import own_version
from reenact.evaluation.results import ExternalResults, Results
from reenact.files import read_json
from reenact.report.scored import write_scored
from reenact.stages.export import export
from reenact.stages.score_methods import score_methods
from reenact.testsets.exported import ExportedTestSet
from reenact.testsets.items import Kind
from tests.support.browser import LOOKS, Visit, check_loops_wait, chromium_browser, needs_chromium, visited
from tests.support.by_hand import leaves
from tests.support.made_workspace import PARAMS
from tests.support.page import Page

NAMES = ["truth", "a_name_of_forty_letters_without_any_gaps"]
ODD = "<b>ann</b>"
COMMAND = "reenact score --method truth='<b>results</b> & more'"
# By what is exported, and its number: SelfTest has too few people to tell whom a result is like, CrossTest has enough.
PAIRS: dict[Kind, dict[tuple[Kind, int], tuple[str, str]]] = {
    "selftest": {("selftest", 0): (ODD, ODD), ("selftest", 1): ("ben", "ben")},
    "crosstest": {("crosstest", 0): (ODD, "dan"), ("crosstest", 1): ("ben", "eve"), ("selftest", 0): ("cyd", "fay")},
}


@pytest.fixture(scope="module", autouse=True)
def own() -> None:
    """All metrics, not those of the other tests of this folder alone."""


@pytest.fixture(scope="module")
def testsets(workspace, tmp_path_factory) -> dict[str, Path]:
    """SelfTest of two people and CrossTest of three, as folders."""
    folder = tmp_path_factory.mktemp("testsets")
    for kind in PAIRS:
        export(PARAMS, workspace, kind, folder / "exported" / kind)
    for kind, pairs in PAIRS.items():
        entries = []
        for number, ((source, place), (target, driver)) in enumerate(pairs.items()):
            exported = folder / "exported" / source
            (folder / kind / "targets").mkdir(parents=True, exist_ok=True)
            shutil.copy(exported / f"targets/{place:04d}.png", folder / kind / f"targets/{number:04d}.png")
            shutil.copytree(exported / f"drivers/{place:04d}", folder / kind / f"drivers/{number:04d}")
            entry = read_json(exported / "testset.json")["pairs"][place]
            names = {"number": number, "target_subject": target, "driver_subject": driver}
            entries.append(entry | names)
        about = {"format": "reenact-testset", "version": 1, "kind": kind, "size": 64, "pairs": entries}
        (folder / kind / "testset.json").write_text(json.dumps(about))
    return {kind: folder / kind for kind in PAIRS}


@pytest.fixture(scope="module")
def methods(testsets, tmp_path_factory) -> dict[str, Path]:
    """The driving frames as the results of two methods."""
    folder = tmp_path_factory.mktemp("methods")
    for kind, testset in testsets.items():
        shutil.copytree(testset / "drivers", folder / kind)
    return dict.fromkeys(NAMES, folder)


@pytest.fixture(scope="module")
def scored(testsets, methods, tmp_path_factory) -> Path:
    """What scoring writes outside of a project."""
    out = tmp_path_factory.mktemp("scored") / "out"
    score_methods(PARAMS, out.parent, methods, list(testsets.values()), out, 1, COMMAND)
    return out


@pytest.fixture(scope="module")
def text(scored) -> str:
    return (scored / "report.html").read_text(encoding="utf-8")


def test_every_figure_every_method_and_every_picture_is_on_the_page(scored, text):
    page, scores = Page(text), read_json(scored / "scores.json")
    exact = {number for number, _ in page.shown}
    assert {entry["value"] for _, entry in leaves({setting: scores[setting] for setting in ("self", "cross")})} <= exact
    assert page.has_all(), "all links lead to the page itself"
    pictures = [
        "loop-1.mp4",
        "loop-2.mp4",
        "loop-3.mp4",
        "selftest.jpg",
        "crosstest.jpg",
        *(f"crosstest-extremes-{name}.jpg" for name in NAMES),
    ]
    for file in pictures:
        assert base64.b64encode((scored / file).read_bytes()).decode() in text, file
    for name in NAMES:
        assert text.count(f'<th scope="row">{name}</th>') == 3, "its rows: two test sets in Table 3, and Table 4"
        assert text.count(f'<th scope="col" class="number">{name}</th>') == 2, "its columns in the tables of every metric"
    assert "Target copied (no method)" in text and "Driving frames (no method)" in text


def test_it_says_what_was_scored_and_how_to_do_it_again(testsets, text):
    assert f"Below are results of {NAMES[0]} and {NAMES[1]}." in text and f"Scored by {own_version()}." in text
    assert "SelfTest, where a person reenacts itself: 2 pairs, 6 frames, 2 people as targets, 64 pixels a side." in text
    assert "CrossTest, where one person drives another: 3 pairs, 9 frames, 3 people as targets, 64 pixels a side." in text
    assert f"<code>{html.escape(COMMAND).replace('&#x27;', '&#39;')}</code>" in text
    assert all(ExportedTestSet(folder).sha256 in text for folder in testsets.values())


def test_best_and_worst_pairs_are_left_out_where_nothing_tells_them(scored, text):
    assert not list(scored.glob("selftest-extremes*")) and "SelfTest: where" not in text
    for name in NAMES:
        assert f"CrossTest: where {name} keeps the person best and worst" in text
    assert "nan in the" not in text


def test_neither_a_persons_name_nor_a_folders_becomes_html(text):
    assert ODD not in text and "<b>results" not in text


def test_the_same_files_give_the_same_bytes(scored, testsets, methods, text, tmp_path):
    shutil.copytree(scored, tmp_path / "out", ignore=shutil.ignore_patterns("*.html", "*.jpg", "*.svg", "*.mp4", ".scoring"))
    shown: list[tuple[ExportedTestSet, list[Results]]] = []
    for kind, folder in testsets.items():
        testset = ExportedTestSet(folder)
        shown.append((testset, [ExternalResults([ExternalMethod(name, path / kind, testset) for name, path in methods.items()])]))
    write_scored(tmp_path / "out", NAMES, shown, PARAMS.data_seed, COMMAND)
    assert (tmp_path / "out/report.html").read_text(encoding="utf-8") == text


def test_one_test_set_alone_has_its_page(testsets, methods, tmp_path):
    folder = {"truth": methods["truth"] / "selftest"}
    score_methods(PARAMS, tmp_path, folder, [testsets["selftest"]], tmp_path / "out", 1, "reenact score")
    text = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert Page(text).has_all() and "Table 3." in text and "<figcaption>Table 4." not in text and "CrossTest:" not in text
    assert "Below are results of truth." in text and "The sentences are of SelfTest." in text and (tmp_path / "out/loop-2.mp4").is_file()


def test_the_page_begins_with_an_answer_for_each_method(text):
    first = text[text.index("<h1>") : text.index("<nav")]
    for name in NAMES:
        own = first[first.index(f'<p class="whose">{name}</p>') :]
        assert f"The person is kept: with {name}, a result is recognised as its own target in" in own or "The person may" in own
        assert own.index('<p class="answer">') < own.index('<ul class="strip">') and "Re-identified ↑" in own
    assert f"{NAMES[1]} (" in first and ("Not told apart from truth" in first or "Better" in first)


def test_no_sentence_speaks_of_a_project_or_of_rows_that_are_not_there(text):
    """Outside a project there is no generator, no training and no figure of the paper's beside one's own in Table 3."""
    for words in ("LD-Net's landmarks", "the whole method", "two rows", "SelfTest's ISIM is 0.63", "no training saw", "The paper's FID"):
        assert words not in text


def test_pairs_are_drawn_by_the_seed(text):
    assert "All 3 pairs of CrossTest. Each runs for two seconds at most" in text and "evenly spread" not in text


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_browser() as browser:
        yield browser


@pytest.fixture(scope="module", params=LOOKS, ids=lambda given: f"{given[0]}-{given[1]}")
def visit(request: pytest.FixtureRequest, chromium: Browser, scored: Path) -> Iterator[Visit]:
    with visited(chromium, scored / "report.html", *request.param) as visit:
        yield visit


@needs_chromium
def test_in_a_browser_the_page_is_whole_legible_and_moves(visit):
    visit.check_it_is_whole()
    visit.check_its_colours()
    visit.check_loops_play()
    visit.check_it_is_legible()


@needs_chromium
def test_the_loops_wait_for_a_reader_who_wants_less_motion(chromium, scored):
    check_loops_wait(chromium, scored / "report.html")


@needs_chromium
def test_a_long_name_covers_no_figures_on_a_phone(chromium, scored):
    with visited(chromium, scored / "report.html", 390, "light") as visit:
        right = "found => Math.max(...found.map(cell => cell.getBoundingClientRect().right))"
        assert visit.page.eval_on_selector_all(".labels2 tbody th", right) < 390 / 2 + 20
