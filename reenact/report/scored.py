"""The page of somebody else's methods: an answer, loops, their tables, sheets, checks and cards in one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from reenact.evaluation.frames import read_frames
from reenact.evaluation.own_code import own_version
from reenact.evaluation.predictions import Method
from reenact.evaluation.results import OWN_WAY, Results, all_rows
from reenact.evaluation.testset import TestSet
from reenact.files import read_json
from reenact.generators.registry import GENERATORS
from reenact.report import motion, page
from reenact.report.all_metrics import all_metrics
from reenact.report.answer import RULE, answer, setting_of
from reenact.report.cards import cards_of
from reenact.report.extremes import chosen_by_seed, extremes_in_words, extremes_sheet, is_judged, which_pairs
from reenact.report.in_words import listed
from reenact.report.machine import machine
from reenact.report.paper_tables import SETTINGS, table3, table4
from reenact.report.pictures import ORDINARY, Picture
from reenact.report.render import render, write, write_table
from reenact.report.sheets import MOST_ROWS, result_sheet, write_sheet
from reenact.report.strip import strip
from reenact.testsets.items import TITLES

SECTIONS = {
    "motion": "In motion",
    "tables": "The paper's tables",
    "metrics": "All metrics",
    "pictures": "Pictures",
    "checks": "Checks",
    "cards": "Cards",
    "origin": "Origin",
    "machine": "Machine",
}
TABLES = {"table3": table3, "table4": table4}
MOST_ANSWERS = 3  # methods that the page begins with; of more, the tables tell the rest


def write_scored(out: Path, methods: Sequence[str], shown: Sequence[tuple[TestSet, Sequence[Results]]], seed: int, command: str) -> None:
    """Write report.html into `out`, and beside it what it shows, from what `evaluation.score` left there.

    methods: the names of the methods that the page is about. shown: each test set with all results of it. seed: of intervals, and of the
    pairs that are shown. command: gives the figures again. The same files give the same bytes.
    """
    scores, frames = read_json(out / "scores.json"), read_frames(out / "frames.parquet")
    tables = [make(read_json(out / f"{name}.json")) for name, make in TABLES.items() if (out / f"{name}.json").is_file()]
    for table in tables:
        write_table(out, table)
    everything = all_metrics(scores)
    text = render(
        "scored.html",
        sections=SECTIONS,
        methods=listed(methods),
        about=list(_about(scores)),
        beside=_beside(shown),
        answers=[_answer(scores, frames, name, seed) for name in methods[:MOST_ANSWERS]],
        unanswered=listed(methods[MOST_ANSWERS:]),
        answered_of=SETTINGS[setting_of(scores)],
        rule=RULE,
        rough=page.rough([*tables, *everything]),
        loops=motion.loops(out, *_moving(shown), seed),
        tables=tables,
        all_metrics=everything,
        plots=page.plots(out, frames, seed),
        pictures=[page.shown(out, picture) for entry in shown for picture in _pictures(out, methods, *entry, frames, seed)],
        checks=read_json(out / "sanity.json"),
        cards=cards_of([*tables, *everything]),
        command=command,
        lists={TITLES[testset.kind]: testset.sha256 for testset, _ in shown},
        machine=machine(),
        version=own_version(),
    )
    write(out / "report.html", text)


def _answer(scores: Mapping[str, Any], frames: pd.DataFrame, name: str, seed: int) -> dict[str, Any]:
    """What the page says first of a method."""
    return {"title": name, "sentences": answer(scores, frames, name, seed), "strip": strip(scores, name)}


def _about(scores: Mapping[str, Any]) -> Iterator[str]:
    """How large each test set is, and who drives whom in it."""
    about = scores["about"]
    for kind, title in TITLES.items():
        if size := about.get(kind):
            yield (
                f"{title}, where {ORDINARY[kind][0]}: {size['items']} pairs, {size['frames']:,} frames, {size['subjects']} people as "
                f"targets, {about['image_size']} pixels a side."
            )


def _beside(shown: Sequence[tuple[TestSet, Sequence[Results]]]) -> str:
    """The project's own generators in the tables, by what people call them; "" where there are none."""
    rows = dict.fromkeys(row.generator for _, results in shown for row in all_rows(results) if row.source != OWN_WAY)
    return listed([GENERATORS[name].title for name in rows])


def _moving(shown: Sequence[tuple[TestSet, Sequence[Results]]]) -> tuple[TestSet, Sequence[Results]]:
    """The test set that the loops are of: CrossTest, where there is one."""
    return next((each for each in shown if each[0].kind == "crosstest"), shown[0])


def _pictures(
    out: Path, methods: Sequence[str], testset: TestSet, results: Sequence[Results], frames: pd.DataFrame, seed: int
) -> Iterator[Picture]:
    """The contact sheet of a test set, then for each method its best and worst pairs, where there is something to judge by."""
    title, numbers = TITLES[testset.kind], chosen_by_seed(testset, MOST_ROWS, seed)
    write_sheet(out / f"{testset.kind}.jpg", result_sheet(testset, results, numbers))
    yield Picture(
        f"{testset.kind}.jpg",
        f"{title}: every method",
        f"{len(numbers)} rows of target, driver, and each method's result.",
        f"{which_pairs(numbers, testset)} Each row shows the frame in the middle of its clip.",
    )
    for method in (Method(name, OWN_WAY) for name in methods):
        if not is_judged(frames, testset.kind, method):
            continue
        name, file = method.generator, f"{testset.kind}-extremes-{method.generator}.jpg"
        (own,) = [each for each in results if method in each.image_formats]
        words = extremes_in_words(testset, frames, method)
        write_sheet(out / file, extremes_sheet(testset, own, frames, method))
        yield Picture(
            file,
            f"{title}: where {name} keeps the person best and worst",
            words,
            f"Pairs with the highest and the lowest ISIM, centred, which stands beside each. {words}",
        )
