"""What moves on the page: the video of a pair, and short loops of others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reenact.evaluation.results import OWN_WAY, Results, all_rows
from reenact.evaluation.testset import TestSet
from reenact.report.answer import title_of
from reenact.report.extremes import chosen_by_seed, method_of, which_pairs
from reenact.report.in_words import listed
from reenact.report.loops import write_loop
from reenact.report.render import data_uri
from reenact.report.video import Pair
from reenact.testsets.items import TITLES

LOOPS = 3


def video(path: Path, pair: Pair, image_size: int) -> dict[str, Any]:
    """The video of a CrossTest pair."""
    width, height = pair.size
    sound = "with its sound" if pair.has_sound else "without sound"
    return {
        "uri": data_uri(path),
        "width": width,
        "height": height,
        "label": f"{pair.item.target.subject} driven by {pair.item.driver.subject}",
        "caption": (
            f"CrossTest's first pair: the target {pair.item.target.subject} is driven by a clip of {pair.item.driver.subject}, {sound}. "
            f"{pair.frames} frames at the clip's own times; the result is {image_size} pixels a side and enlarged."
        ),
    }


def loops(folder: Path, testset: TestSet, results: Sequence[Results], seed: int) -> dict[str, Any]:
    """Write a loop of each of some pairs of a test set, drawn by the seed, and say what they show.

    Their columns are somebody else's methods, then the generators as Table 3 has them.
    """
    rows = sorted(all_rows(results), key=lambda row: row.source != OWN_WAY)
    methods = [row for row in rows if row.source == OWN_WAY or row == method_of(testset.kind, row.generator)]
    columns = listed(["the target", "the driver", *(title_of(method.generator) for method in methods)])
    pairs, shown = {pair.number: pair for pair in testset.pairs}, []
    numbers = chosen_by_seed(testset, LOOPS, seed)
    for place, number in enumerate(numbers, start=1):
        path = folder / f"loop-{place}.mp4"
        width, height = write_loop(path, testset, results, methods, number)
        pair = pairs[number]
        who = [pair.target_subject, pair.driver_subject] if testset.kind == "crosstest" else [pair.target_subject, "themselves"]
        shown.append({"uri": data_uri(path), "width": width, "height": height, "label": " driven by ".join(who)})
    drawn = which_pairs(numbers, testset, f" of {TITLES[testset.kind]}")
    about = f"{drawn} Each runs for two seconds at most, forth and back. From the left: {columns}."
    return {"about": about, "shown": shown}
