"""Whether the figures make sense: the truth must beat another subject's frames, and what is odd is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from reenact.errors import ReenactError
from reenact.evaluation.measure import MOST_LOST, Figure, Measured
from reenact.evaluation.paired import difference
from reenact.evaluation.predictions import Method
from reenact.evaluation.results import COPY_TARGET, DRIVING_FRAMES, REFERENCES, SHUFFLED
from reenact.generators.registry import GENERATORS
from reenact.metrics.base import Metric, Reference
from reenact.metrics.intervals import Value
from reenact.metrics.registry import METRICS
from reenact.reenactment.transfer import DRIVER, LDNET

SEED = 0  # of the draws of people
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


# Metrics by which a method should beat a row that is none, and what is shown where it does.
SHOULD_BEAT = {
    "self": ("ssim_face", COPY_TARGET, "the picture is nearer to the truth than the target that is just copied"),
    "cross": ("isim_centred", DRIVING_FRAMES, "the result is more like the target than the driver is"),
}


NAMES = {COPY_TARGET: "the target copied", DRIVING_FRAMES: "the driving frames", SHUFFLED: "another subject's frames"}
LANDMARKS = {DRIVER: "the driver's landmarks", LDNET: "LD-Net's landmarks"}


def _as_bad_as_nothing(setting: str, title: str, measured: Measured) -> Iterator[str]:
    name, row, meaning = SHOULD_BEAT[setting]
    if name not in measured.rows.get(row, {}):
        return
    for method in _methods(measured):
        gain = _gain(setting, measured, name, method, row)
        if gain is not None and (gain.low is None or gain.low <= 0):
            beaten = f"{METRICS[name].title} does not surely beat that of {NAMES[row]}"
            yield f"{title}, {_name(method)}: {beaten}: nothing shows that {meaning}."


def _better_than_true(title: str, measured: Measured) -> Iterator[str]:
    """Nobody can look more like a person, or do what the driver does, than the true frames: what says so cannot be read as quality."""
    truth = measured.rows.get(DRIVING_FRAMES, {})
    for method in _methods(measured):
        better = [
            f"{METRICS[name].title} ({_shown(figure)}, theirs {_shown(truth[name])})"
            for name, figure in measured.rows[method].items()
            if name in truth and _surpasses(method, name, measured)
        ]
        if better:
            found = "; by ".join(better)
            yield f"{title}, {_name(method)}: surely better than the true frames by {found}. From there on more is no better."


def _surpasses(method: Method, name: str, measured: Measured) -> bool:
    # What is steadier than the driver is no truer, and the metric's note says so.
    if METRICS[name].reference == Reference.DRIVING_CLIP:
        return False
    own, true = (measured.rows[row][name].value.number for row in (method, DRIVING_FRAMES))
    if not (own > true if METRICS[name].better == "higher" else own < true):
        return False
    gain = _gain("self", measured, name, method, DRIVING_FRAMES)
    return gain is not None and gain.low is not None and gain.low > 0


def _methods(measured: Measured) -> list[Method]:
    return [row for row in measured.rows if row not in REFERENCES]


def _gain(setting: str, measured: Measured, name: str, one: Method, other: Method) -> Value | None:
    """By how much one row is better than another, frame by frame; None where the metric has no values of frames of both."""
    rows = (one, other) if METRICS[name].better == "higher" else (other, one)
    return difference(measured.table.assign(setting=setting), setting, *rows, name, SEED)


def _shown(figure: Figure) -> str:
    return f"{figure.value.number:.4g}"


def _name(row: Method) -> str:
    """A row as the pages call it."""
    if row in NAMES:
        return NAMES[row]
    title = GENERATORS[row.generator].title if row.generator in GENERATORS else row.generator
    return f"{title}, {LANDMARKS[row.source]}" if row.source in LANDMARKS else title
