"""The answer in plain words: is the person kept, and does it follow the driver?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reenact.evaluation.results import COPY_TARGET
from reenact.evaluation.tables import NO_SOURCE
from reenact.reenactment.transfer import LDNET

# From these shares of frames on a person is kept, or kept in part; from these shares of the distance that are gone something is followed.
KEPT, KEPT_IN_PART = 0.9, 0.5
FOLLOWED, FOLLOWED_IN_PART = 0.5, 0.2
RULE = (
    f"A person is called kept where at least {KEPT:.0%} of all frames are recognised, and kept in part from {KEPT_IN_PART:.0%} on. Head "
    f"and expression are called followed where at least {FOLLOWED:.0%} of the still target's distance to the driver is gone, and in part "
    f"from {FOLLOWED_IN_PART:.0%} on."
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
    verdict = "is kept" if rate >= KEPT else "is kept in part" if rate >= KEPT_IN_PART else "is not kept"
    recognised = f"a result is recognised as its own target in {percent(rate)} of frames"
    return f"The person {verdict}: with {title}, {recognised}, among {people} people."


def _motion(own: Mapping[str, Any], copied: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (_head(own, copied), _expression(own, copied))))


def _head(own: Mapping[str, Any], copied: Mapping[str, Any]) -> str:
    error, still = _value(own, "rotation_error"), _value(copied, "rotation_error")
    if error is None or not still:
        return ""
    return f"The driver's head {_followed(error, still)}, to {error:.1f}°, where the still target would be {still:.1f}° off."


def _expression(own: Mapping[str, Any], copied: Mapping[str, Any]) -> str:
    distance, still = _value(own, "ed"), _value(copied, "ed")
    if distance is None or not still:
        return ""
    nearer = f"{percent(1 - distance / still)} nearer to the driver's" if distance < still else "no nearer to the driver's"
    return f"The expression {_followed(distance, still)}: it is {nearer} than the still target's."


def _followed(distance: float, still: float) -> str:
    """The verdict on a distance to the driver, of which the still target has `still`."""
    if distance >= still:
        return "is not followed"
    gone = still - distance
    if gone < FOLLOWED_IN_PART * still:
        return "is hardly followed"
    return "is followed" if gone >= FOLLOWED * still else "is followed in part"


def _value(figures: Mapping[str, Any], metric: str) -> float | None:
    return figures[metric]["value"] if metric in figures else None


def percent(share: float) -> str:
    """A share in whole percent; what is not all is never called all, and what is not nothing never nothing."""
    rounded = f"{100 * share:.0f} %"
    if share < 1 and rounded == "100 %":
        return "over 99 %"
    return "under 1 %" if share > 0 and rounded == "0 %" else rounded
