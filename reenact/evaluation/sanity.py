"""Whether the figures make sense: the truth must beat another subject's frames, and nothing should beat the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reenact.errors import ReenactError
from reenact.evaluation.measure import Figure, Measured
from reenact.evaluation.predictions import Method
from reenact.evaluation.results import DRIVING_FRAMES, REFERENCES, SHUFFLED
from reenact.metrics.base import Metric, Reference
from reenact.metrics.registry import METRICS

ENOUGH_SUBJECTS = 20  # with fewer, intervals over subjects are too rough to fail for
LEAST_FOUND = 0.9  # the share of a row's frames in which a face should be found


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
        if lost > (1 - LEAST_FOUND) * measured.frames:
            yield f"{title}, {_name(row)}: no face was found in {lost} of {measured.frames} frames. They are read where the driver's is."
        for name, figure in figures.items():
            if not METRICS[name].range[0] - 1e-6 <= figure.value.number <= METRICS[name].range[1] + 1e-6:
                yield f"{title}, {_name(row)}: {METRICS[name].title} is {figure.value.number:.4g}, outside its range."
    if setting == "self":
        yield from _better_than_truth(title, measured)


def _better_than_truth(title: str, measured: Measured) -> Iterator[str]:
    """Methods whose figure is surely better than that of the true frames. Copying the target keeps the identity by doing nothing."""
    truth = measured.rows[DRIVING_FRAMES]
    for row, figures in measured.rows.items():
        for name, metric in METRICS.items() if row not in REFERENCES else ():
            is_compared = metric.reference == Reference.TRUE_FRAME and name in figures and name in truth
            if is_compared and _is_better(metric, figures[name], truth[name]):
                yield f"{title}, {_name(row)}: {metric.title} is better than that of the true frames."


def _name(row: Method) -> str:
    return f"{row.generator}, landmarks {row.source}" if row.source else row.generator
