"""The answer in plain words: is the person kept, and does it follow the driver?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reenact.evaluation.results import COPY_TARGET
from reenact.evaluation.tables import NO_SOURCE
from reenact.reenactment.transfer import LDNET

# Where the words change. A person is kept where nine in ten frames are recognised, and half kept where one in two is.
KEPT, HALF_KEPT = 0.9, 0.5
# A head is followed where half of the error is gone that the target's picture has as it is.
FOLLOWED = 0.5
RULE = (
    f"In these words a person is kept where at least {KEPT:.0%} of all frames are recognised, and a head is followed where at most half of "
    "the error is left that the target's picture has as it is."
).replace("%", " %")


def answer(scores: Mapping[str, Any], generator: str, title: str) -> list[str]:
    """A sentence on the person and one on the motion, of a generator's results from LD-Net's landmarks in CrossTest.

    scores: scores.json. generator, title: its name and what people call it. What was not measured is not spoken of.
    """
    own, copied = scores["cross"][generator][LDNET], scores["cross"][COPY_TARGET.generator][NO_SOURCE]
    people = scores["about"]["crosstest"]["subjects"]
    return [sentence for sentence in (_person(own, title, people), _motion(own, copied)) if sentence]


def _person(own: Mapping[str, Any], title: str, people: int) -> str:
    rate = _value(own, "reidentified")
    if rate is None:
        return ""
    verdict = "is kept" if rate >= KEPT else "is kept in part" if rate >= HALF_KEPT else "is not kept"
    recognised = f"a result is recognised as its own target in {percent(rate)} of frames"
    return f"The person {verdict}: with {title}, {recognised}, among {people} people."


def _motion(own: Mapping[str, Any], copied: Mapping[str, Any]) -> str:
    error, still = _value(own, "rotation_error"), _value(copied, "rotation_error")
    if error is None or still is None:
        return ""
    verdict = "is followed" if error <= FOLLOWED * still else "is followed in part" if error < still else "is not followed"
    return (
        f"The driver's head {verdict}, to {error:.1f}°; the target's picture as it is would be {still:.1f}° off.{_expression(own, copied)}"
    )


def _expression(own: Mapping[str, Any], copied: Mapping[str, Any]) -> str:
    distance, still = _value(own, "ed"), _value(copied, "ed")
    if distance is None or not still:
        return ""
    if distance >= still:
        return " The expression is no nearer to the driver's than the target's own."
    return f" The expression is {percent(1 - distance / still)} nearer to the driver's than the target's own."


def _value(figures: Mapping[str, Any], metric: str) -> float | None:
    return figures[metric]["value"] if metric in figures else None


def percent(share: float) -> str:
    """A share in whole percent; what is not all is never called all, and what is not nothing never nothing."""
    rounded = f"{100 * share:.0f} %"
    if share < 1 and rounded == "100 %":
        return "over 99 %"
    return "under 1 %" if share > 0 and rounded == "0 %" else rounded
