"""What moves on the page: the video of a pair, and short loops of others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reenact.evaluation.results import Results
from reenact.evaluation.testset import TestSet
from reenact.generators.registry import GENERATORS
from reenact.reenactment.transfer import LDNET
from reenact.report.loops import write_loop
from reenact.report.render import data_uri
from reenact.report.video import Pair

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


def loops(folder: Path, testset: TestSet, results: Results, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Write a loop of each of these pairs of CrossTest with all generators' results from LD-Net's landmarks, and say what it shows."""
    methods = [method for method in results.image_formats if method.source == LDNET]
    columns = ", ".join(["the target", "the driver", *(GENERATORS[method.generator].title for method in methods)])
    pairs = {pair.number: pair for pair in testset.pairs}
    shown = []
    for place, number in enumerate(numbers, start=1):
        path = folder / f"loop-{place}.mp4"
        width, height = write_loop(path, testset, results, methods, number)
        label = f"{pairs[number].target_subject} driven by {pairs[number].driver_subject}"
        shown.append(
            {"uri": data_uri(path), "width": width, "height": height, "label": label, "caption": f"{label}. From the left: {columns}."}
        )
    return shown
