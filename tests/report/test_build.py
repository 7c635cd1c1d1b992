from __future__ import annotations

import base64
import datetime
import html
import json
import os
import platform
import re
import shutil
from dataclasses import replace

import cv2
import pyarrow.parquet as pq
import pytest
import skimage
import torch

from reenact.files import read_json, sha256_file
from reenact.report.build import build_report
from reenact.report.ledger_bars import ledger_in_words
from reenact.report.machine import rendered_with
from reenact.shards.ledger import merge
from reenact.synthetic.truth import FRAMES_SCHEMA, with_encoder
from reenact.testsets.lmtest import write_lmtest
from reenact.video.probe import probe
from reenact.workspace import METRICS, RESULTS, TESTSETS, TRUTH, Workspace
from tests.support.by_hand import leaves
from tests.support.every_metric import THREE, all_metrics
from tests.support.made_workspace import ENCODER, PARAMS, lmtest_table
from tests.support.page import Page


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
    for table in ("table1", "table2", "table3", "table4", "scores"):
        for number in figures(read_json(workspace.path(METRICS, f"{table}.json"))):
            assert number in exact
    for number, shown in page.shown:
        bare, unit = shown.replace(",", "").replace("−", "-").rstrip(" %°"), 0.01 if shown.endswith("%") else 1
        digits = len(bare.partition(".")[2])
        assert float(bare) * unit == pytest.approx(number, abs=0.5000001 * unit * 10**-digits)


def test_intervals_and_the_papers_figures_stand_below_their_figures(workspace, text):
    entry = read_json(workspace.path(METRICS, "table1.json"))["E_I"]["ratio_same_pose"]
    figure = f'<data value="{entry["value"]}">{entry["value"]:.4f}</data></a>'
    interval = f'<span class="below">{entry["low"]:.4f} to {entry["high"]:.4f}</span>'
    assert f'{figure}{interval}<span class="below">paper <data value="0.8307">0.8307</data></span>' in text


def test_a_figure_leads_to_the_card_that_says_what_made_it(every):
    text = every.path(RESULTS, "report.html").read_text(encoding="utf-8")
    for name in ("table1", "table2", "table3", "table4", "scores"):
        table = read_json(every.path(METRICS, f"{name}.json"))
        for _, figure in leaves(table):
            anchor, card = f"card-{figure['card'].replace(' ', '-')}", table["cards"][figure["card"]]
            assert f'<a class="figure" href="#{anchor}"><data value="{figure["value"]}">' in text
            (shown,) = re.findall(rf'<div id="{re.escape(anchor)}">(.*?)</table>', text, re.DOTALL)
            for field in card.values():
                assert f"<td>{html.escape(field, quote=False).replace(chr(39), '&#39;')}</td>" in shown


def test_the_page_begins_with_the_answer_and_six_figures(every):
    text = every.path(RESULTS, "report.html").read_text(encoding="utf-8")
    first = text[text.index("<h1>") : text.index("<nav")]
    assert first.index("a result is recognised as its own target") < first.index('<ul class="strip">') < first.index("How: LD-Net gives")
    assert first.count("<li>") == 6 and text.index("<nav") < text.index('id="motion"') < text.index('id="tables"')


def test_all_metrics_pictures_checks_and_trainings_are_on_the_page(every):
    sanity = read_json(every.path(METRICS, "sanity.json"))
    text = every.path(RESULTS, "report.html").read_text(encoding="utf-8")
    for words in (
        "SelfTest: every metric of every row.",
        "CrossTest: every metric of every row.",
        "CrossTest: where FD-GAN keeps the person best and worst",
        "Where FD-GAN looks in the target",
        "Table 5. The trainings",
        "All 3 pairs of CrossTest. Each runs for two seconds at most, forth and back. From the left: the target, the driver and FD-GAN.",
        "All 3 pairs. Each row shows the frame in the middle of its clip",
        *(
            f"<p>{item['target']['subject']} driven by {item['driver']['subject']}</p>"
            for item in read_json(every.path(TESTSETS, "crosstest.json"))["items"]
        ),
        *(html.escape(words, quote=False).replace("'", "&#39;") for words in sanity["checked"] + sanity["warnings"]),
    ):
        assert words in text
    for file in ("crosstest.jpg", "selftest-extremes.jpg", "attention.jpg", "loop-1.mp4", "loop-2.mp4"):
        assert base64.b64encode(every.path(RESULTS, "figures", file).read_bytes()).decode() in text
    assert "Portraits from outside the corpus" not in text


def test_portraits_are_shown_where_a_folder_is_named(every, tmp_path):
    album, found = tmp_path / "album", Workspace(tmp_path / "project")
    album.mkdir()
    skimage.io.imsave(album / "astronaut.png", skimage.data.astronaut())
    (album / "notes.txt").write_text("no picture")
    for folder in ("data", "models", "results"):
        shutil.copytree(every.path(folder), found.path(folder))
    params = THREE.model_copy(update={"evaluate": THREE.evaluate.model_copy(update={"portraits": str(album)})})
    with all_metrics():
        build_report(params, found)
    text = found.path(RESULTS, "report.html").read_text(encoding="utf-8")
    section = text[text.index("Portraits from outside the corpus") :]
    assert base64.b64encode(found.path(RESULTS, "figures", "portraits.jpg").read_bytes()).decode() in section
    assert "<li>notes.txt is no picture that can be read</li>" in section
    assert "But for the portraits from outside the corpus, the people on this page do not exist" in text


def test_tables_lie_in_three_forms_each(every):
    names = {"table1", "table2", "table3", "table4", "table5", "all_selftest", "all_crosstest", "ledger"}
    assert {path.name for path in every.path(RESULTS, "tables").iterdir()} == {
        f"{name}.{end}" for name in names for end in ("md", "csv", "html")
    }
    for name in names:
        page = Page(every.path(RESULTS, "tables", f"{name}.html").read_text(encoding="utf-8"))
        assert all(address.removeprefix("#") in page.ids for address in page.addresses), "a page of its own, cards and all"


def test_the_page_says_who_is_seen_what_is_generated_and_which_backends_measured(text):
    assert "do not exist" in text and "by the network FD-GAN." in text
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
