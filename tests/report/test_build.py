from __future__ import annotations

import base64
import datetime
import json
import os
import platform
import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import pyarrow.parquet as pq
import pytest
import torch

from reenact.files import read_json, sha256_file
from reenact.metrics.registry import METRICS as METRICS_BY_NAME
from reenact.report.build import TABLES, build_report
from reenact.report.ledger_bars import ledger_in_words
from reenact.report.machine import rendered_with
from reenact.report.page import cards
from reenact.shards.ledger import merge
from reenact.synthetic.truth import FRAMES_SCHEMA, with_encoder
from reenact.testsets.lmtest import write_lmtest
from reenact.video.probe import probe
from reenact.workspace import METRICS, RESULTS, TESTSETS, TRUTH, Workspace
from tests.support.by_hand import leaves
from tests.support.made_workspace import ENCODER, PARAMS, lmtest_table


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


@pytest.fixture(scope="module")
def text(workspace) -> str:
    return workspace.path(RESULTS, "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text) -> Page:
    return Page(text)


def figures(value) -> list[float]:
    if isinstance(value, dict) and "value" in value:
        return [value["value"], *([value["paper"]] if value["paper"] is not None else [])]
    return [number for below in value.values() for number in figures(below)] if isinstance(value, dict) else []


def test_the_page_needs_no_other_file(text, page):
    assert len(page.addresses) > 7
    for address in page.addresses:
        assert address.startswith("data:") or address.removeprefix("#") in page.ids, address[:80]
    assert not re.search(r"@import|url\((?!data:)|<script|<link", text)


def test_every_figure_of_the_metrics_is_on_the_page_and_rounded_from_its_value(workspace, page):
    exact = {number for number, _ in page.shown}
    for table in ("table1", "table2", "table3", "table4"):
        for number in figures(read_json(workspace.path(METRICS, f"{table}.json"))):
            assert number in exact
    for number, shown in page.shown:
        digits = len(shown.partition(".")[2])
        assert float(shown.replace(",", "")) == pytest.approx(number, abs=0.5000001 * 10**-digits)


def test_intervals_stand_below_their_figures(workspace, text):
    entry = read_json(workspace.path(METRICS, "table1.json"))["landmarks"]["ratio_same_pose"]
    figure = f'<data value="{entry["value"]}">{entry["value"]:.4f}</data>'
    assert f'{figure}<span class="interval">{entry["low"]:.4f} to {entry["high"]:.4f}</span>' in text
    names = ("table1", "table2", "table3", "table4")
    figures = [figure for name in names for _, figure in leaves(read_json(workspace.path(METRICS, f"{name}.json"))) if "low" in figure]
    assert text.count('class="interval"') == len(figures)


def test_every_metric_of_tables_2_and_3_is_among_the_figures_to_see_first(workspace):
    tables = {name: read_json(workspace.path(METRICS, f"{name}.json")) for name in TABLES}
    shown = cards(tables, "fdgan")
    cross, self = tables["table2"]["cross"]["fdgan"], tables["table3"]["self"]
    for metric in METRICS_BY_NAME.values():
        place = "CrossTest" if 2 in metric.tables else "SelfTest"
        (card,) = [card for card in shown if card["title"].startswith(f"{metric.title} in {place}")]
        entry, beside = (cross["ldnet"], cross["driver"]) if 2 in metric.tables else (self["fdgan"], self["copy_target"])
        assert card["exact"] == entry[metric.name]["value"] and f"{beside[metric.name]['value']:.3f}" in card["beside"]
        assert card["title"].endswith(f"{metric.better} is better") and entry[metric.name]["backend"] in card["beside"]
    assert len(shown) == 2 + sum(len(metric.headline) for metric in METRICS_BY_NAME.values())
    titles = [card["title"] for card in shown[2:4]]
    assert titles == ["ISIM in CrossTest with LD-Net's landmarks, higher is better", "ISIM in SelfTest, higher is better"]


def test_a_card_is_of_the_first_table_that_has_its_figure(workspace, monkeypatch):
    """ED stands in Tables 2 and 4. A landmark error is not known in SelfTest."""
    tables = {name: read_json(workspace.path(METRICS, f"{name}.json")) for name in TABLES}
    for name in ("ed", "landmark_error"):
        monkeypatch.setitem(METRICS_BY_NAME, name, replace(METRICS_BY_NAME[name], headline=("cross", "self")))
    own, whole = tables["table2"]["self"]["fdgan"], tables["table4"]["measured"]
    texts = {card["title"]: (card["exact"], card["beside"]) for card in cards(tables, "fdgan")}
    assert texts["ED in SelfTest, lower is better"] == (
        own["driver"]["ed"]["value"],
        f"LD-Net's landmarks {own['ldnet']['ed']['value']:.3f} · backend headmodel-anny",
    )
    assert not [title for title in texts if title.startswith("Landmark error in SelfTest")]
    for source in ("driver", "ldnet"):
        del tables["table2"]["cross"]["fdgan"][source]["ed"]
    for copied in (f"Target copied {whole['copy_target']['ed']['value']:.3f} · ", ""):
        (card,) = [card for card in cards(tables, "fdgan") if card["title"] == "ED in CrossTest, lower is better"]
        assert (card["exact"], card["beside"]) == (whole["fdgan"]["ed"]["value"], f"{copied}backend headmodel-anny")
        whole["copy_target"].pop("ed", None)


def test_the_page_says_who_is_seen_what_is_generated_and_which_backends_measured(text):
    assert "do not exist" in text and "was generated by the networks" in text
    for words in (
        "dlib-resnet-v1",
        "pca-euclidean-8",
        "ssim-gaussian-11-1.5-range-255-rgb",
        "no FID",
        "headmodel-anny",
        "headmodel-truth",
        "were measured here",
        "at odds with itself",
    ):
        assert words in text
    assert "corpus.landmark_subjects</code></th><td>2000<" in text


def test_the_page_names_the_hashes_of_what_it_was_made_from(workspace, text):
    paths = [*workspace.shards(PARAMS, "test"), workspace.path(TESTSETS, "lmtest.parquet"), workspace.path(METRICS, "table3.json")]
    for path in paths:
        assert sha256_file(path) in text


def test_the_ledger_stands_as_a_picture_with_words_above_its_table(workspace, text):
    section = text[text.index('id="data"') : text.index('id="origin"')]
    sums = {split: merge(workspace.ledgers(PARAMS, split)) for split in ("train", "test")}
    assert f'alt="{ledger_in_words(sums)}"' in section[: section.index("<table")]
    picture = workspace.path(RESULTS, "figures", "ledger.svg").read_bytes()
    assert base64.b64encode(picture).decode() in section


def test_the_page_names_the_machine_and_its_software_but_no_host_and_no_time(text):
    section = text[text.index('id="machine"') :]
    for words in (f">{os.cpu_count()}<", platform.python_version(), torch.__version__.partition("+")[0], "GiB"):
        assert words in section
    assert platform.node() not in section and str(datetime.date.today()) not in text


def test_the_page_names_the_ffmpeg_that_encoded_what_was_rendered_but_not_where_it_lay(text):
    row = text[text.index("ffmpeg, which encoded rendered videos") :]
    assert f"{ENCODER.version}, {ENCODER.found} (build {ENCODER.build})" in row[: row.index("</tr>")]
    assert ENCODER.path not in text


def test_truth_and_lmtest_may_name_two_builds_one_or_none(tmp_path):
    workspace, other = Workspace(tmp_path), replace(ENCODER, version="7.0", build="ba9876543210")
    truth, lmtest = workspace.path(TRUTH, "frames.parquet"), workspace.path(TESTSETS, "lmtest.parquet")
    one, two = "6.1-made-up, the one on PATH (build 0123456789ab)", "7.0, the one on PATH (build ba9876543210)"
    empty = FRAMES_SCHEMA.empty_table()
    for first, second, told in (
        (ENCODER, ENCODER, one),
        (ENCODER, other, f"{one}; {two}"),
        (None, other, two),
        (ENCODER, None, one),
        (None, None, "none, as no video was rendered"),
    ):
        truth.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(with_encoder(empty, first) if first else empty, truth)
        table = lmtest_table()
        about = json.loads(table.schema.metadata[b"reenact"])
        about["performance"] |= {"ffmpeg": second.about()} if second else {}
        write_lmtest(lmtest, table.replace_schema_metadata({"reenact": json.dumps(about)}))
        assert rendered_with(workspace) == told


def test_what_is_wide_scrolls_within_itself(text):
    """On a phone no table or sheet may widen the page: each lies in a box that scrolls."""
    for tag in ("<table", "min-width: 44rem"):
        assert tag in text
    for place in (match.start() for match in re.finditer(r"<table|<img", text)):
        assert 'class="scroll"' in text[max(place - 400, 0) : place]


def test_pictures_are_no_larger_than_needed(workspace):
    for name, rows, columns in (("corpus", 5, 6), ("selftest", 2, 6), ("crosstest", 2, 6)):
        height, width, _ = cv2.imread(str(workspace.path(RESULTS, "figures", f"{name}.jpg"))).shape
        assert (height, width) == (26 + rows * 132, 104 + columns * 132)


def test_the_video_shows_a_pair_at_the_times_of_its_frames(workspace):
    info = probe(workspace.path(RESULTS, "crosstest.mp4"))
    assert (info.width, info.height, info.fps, info.frames) == (768, 288, 12.5, 3)  # every second frame was kept


def test_the_same_workspace_gives_the_same_bytes(workspace):
    results = workspace.path(RESULTS)
    before = {path: path.read_bytes() for path in sorted(results.rglob("*.*"))}
    build_report(PARAMS, workspace)
    assert {path: path.read_bytes() for path in sorted(results.rglob("*.*"))} == before
