"""Whether the figures make sense: the truth must beat another subject's frames, and what is odd is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from reenact.errors import ReenactError
from reenact.evaluation.measure import MOST_LOST, Figure, Measured
from reenact.evaluation.predictions import Method
from reenact.evaluation.results import COPY_TARGET, DRIVING_FRAMES, REFERENCES, SHUFFLED
from reenact.generators.registry import GENERATORS
from reenact.metrics.base import Metric, Reference
from reenact.metrics.registry import METRICS
from reenact.reenactment.transfer import DRIVER, LDNET

ENOUGH_SUBJECTS = 20  # with fewer, intervals over subjects are too rough to fail for


def check_sanity(measured: Mapping[str, Measured]) -> dict[str, Any]:
    """{"checked": sentences, "warnings": sentences}. Raises ReenactError where a metric does not tell the truth from another subject.

    Checked is each metric that compares a result with its own person or frame: in SelfTest the interval of the true frames must lie on the
    better side of that of another subject's frames. It is checked where there are `ENOUGH_SUBJECTS`.
    """
    checked: list[Metric] = []
    failed: list[Metric] = []
    warnings: list[str] = []
    if "self" in measured:
        for metric, is_apart in _truth_against_shuffled(measured["self"]):
            (checked if is_apart else failed).append(metric)
        if failed and measured["self"].subjects >= ENOUGH_SUBJECTS:
            names = ", ".join(metric.title for metric in failed)
            raise ReenactError(
                f"in SelfTest {names} cannot tell the true frames from another subject's: their intervals overlap over "
                f"{measured['self'].subjects} subjects, so no figure of it means anything; look whether these are different people, and at "
                "what reads their faces"
            )
        warnings += [f"SelfTest: {metric.title} cannot tell the true frames from another subject's here." for metric in failed]
    for setting, found in measured.items():
        warnings += _odd(setting, found)
    told = [f"SelfTest: {metric.title} tells the true frames from another subject's." for metric in checked]
    return {"checked": told, "warnings": warnings}


def _truth_against_shuffled(measured: Measured) -> Iterator[tuple[Metric, bool]]:
    truth, other = (measured.rows.get(row, {}) for row in (DRIVING_FRAMES, SHUFFLED))
    for name, metric in METRICS.items():
        # Frames of other people shake as little, and whole sets are alike.
        if name in truth and name in other and metric.reference not in (Reference.DRIVING_CLIP, Reference.DRIVING_FRAMES):
            yield metric, _is_better(metric, truth[name], other[name])


def _is_better(metric: Metric, one: Figure, other: Figure) -> bool:
    """Whether the interval of one figure lies on the better side of the other's."""
    if one.value.low is None or other.value.low is None or one.value.high is None or other.value.high is None:
        return False
    return one.value.low > other.value.high if metric.better == "higher" else one.value.high < other.value.low


def _odd(setting: str, measured: Measured) -> Iterator[str]:
    title = {"self": "SelfTest", "cross": "CrossTest"}[setting]
    for row, figures in measured.rows.items():
        lost = max((figure.failures.get("no face found", 0) for figure in figures.values()), default=0)
        if lost > MOST_LOST * measured.frames:
            yield f"{title}, {_name(row)}: no face was found in {lost} of {measured.frames} frames. What is read off these means little."
        for name, figure in figures.items():
            low, high = METRICS[name].range
            if not np.isnan(figure.value.number) and not low - 1e-6 <= figure.value.number <= high + 1e-6:
                yield f"{title}, {_name(row)}: {METRICS[name].title} is {figure.value.number:.4g}, outside its range."
    yield from _as_bad_as_nothing(setting, title, measured)
    if setting == "self":
        yield from _better_than_true(title, measured)


# Metrics by which a method should beat a row that is none, and what it means where it does not.
SHOULD_BEAT = {
    "self": ("ssim_face", COPY_TARGET, "the picture is no nearer to the truth than the target that is just copied"),
    "cross": ("isim_centred", DRIVING_FRAMES, "the result is no more like the target than the driver is"),
}


NAMES = {COPY_TARGET: "the target copied", DRIVING_FRAMES: "the driving frames", SHUFFLED: "another subject's frames"}
LANDMARKS = {DRIVER: "the driver's landmarks", LDNET: "LD-Net's landmarks"}


def _as_bad_as_nothing(setting: str, title: str, measured: Measured) -> Iterator[str]:
    name, row, meaning = SHOULD_BEAT[setting]
    if name not in measured.rows.get(row, {}):
        return
    for method, figures in measured.rows.items():
        if method not in REFERENCES and name in figures and not _is_better(METRICS[name], figures[name], measured.rows[row][name]):
            yield f"{title}, {_name(method)}: {METRICS[name].title} does not surely beat that of {NAMES[row]}: {meaning}."


def _better_than_true(title: str, measured: Measured) -> Iterator[str]:
    """Nobody can look more like a person, or do what the driver does, than the true frames: what says so cannot be read as quality."""
    truth = measured.rows.get(DRIVING_FRAMES, {})
    for row, figures in measured.rows.items():
        better = [
            f"{METRICS[name].title} {figure.value.number:.4g}, theirs {truth[name].value.number:.4g}"
            for name, figure in figures.items()
            if name in truth and _surpasses(METRICS[name], figure, truth[name])
        ]
        if row not in REFERENCES and better:
            yield f"{title}, {_name(row)}: better than the true frames ({'; '.join(better)}). From there on more is no better."


def _surpasses(metric: Metric, figure: Figure, truth: Figure) -> bool:
    # What is steadier than the driver is no truer, and the metric's note says so.
    if metric.reference == Reference.DRIVING_CLIP:
        return False
    gain = figure.value.number - truth.value.number
    return (gain if metric.better == "higher" else -gain) > 1e-6


def _name(row: Method) -> str:
    """A row as the pages call it."""
    if row in NAMES:
        return NAMES[row]
    title = GENERATORS[row.generator].title if row.generator in GENERATORS else row.generator
    return f"{title}, {LANDMARKS[row.source]}" if row.source in LANDMARKS else title
