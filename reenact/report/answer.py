"""The answer in plain words: is the person kept, and do head and expression follow the driver?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reenact.evaluation.paired import ENOUGH_PEOPLE, difference, share_gone
from reenact.evaluation.predictions import Method
from reenact.evaluation.results import COPY_TARGET, DRIVING_FRAMES, OWN_WAY
from reenact.evaluation.tables import NO_SOURCE, TABLE3_LANDMARKS
from reenact.generators.registry import GENERATORS
from reenact.metrics.intervals import Value
from reenact.metrics.registry import METRICS
from reenact.report.in_words import between, degrees, listed, percent

# From these shares of frames on a person is kept, or kept in part; from these shares of the distance that are gone something is followed.
KEPT, KEPT_IN_PART = 0.9, 0.5
FOLLOWED, FOLLOWED_IN_PART = 0.5, 0.2
# By how much more of the turns than of the poses must be followed to be spoken of.
NOTABLY = 0.1
RULE = (
    f"A person is called kept where at least {percent(KEPT)} of all frames are recognised, and kept in part from {percent(KEPT_IN_PART)} "
    f"on. Head and expression are called followed where at least {percent(FOLLOWED)} of the still target's distance to the driver is gone, "
    f"and in part from {percent(FOLLOWED_IN_PART)} on. “Is” and “is not” stand where the whole 95 % interval says so, “may” elsewhere, and "
    "“at least in part” where the interval reaches below the limit but not below that of a part. With fewer than "
    f"{ENOUGH_PEOPLE} people it is “may” throughout, and no method is called better. Methods are told apart by their "
    "differences in the same frames, in the person by centred ISIM."
)
# By what methods are compared in whom they show: where all are recognised, the rate tells nothing.
LIKENESS = ("isim_centred", "isim")
# By the driver's true rotation where it is known, otherwise by what is read off its picture.
ROTATION = ("true_rotation_error", "rotation_error")


def answer(scores: Mapping[str, Any], frames: pd.DataFrame, name: str, seed: int) -> list[str]:
    """Paragraphs on the person, on the head and on the expression, of a method's results in CrossTest, or else in SelfTest.

    scores: scores.json. frames: its frames (`evaluation.frames`). name: the method's; a generator is judged as Table 3 has it. seed: of the
    intervals. The last paragraph names the methods that are surely better, and those that cannot be told apart. What was not measured is
    not spoken of.
    """
    told = _Told(scores, frames, setting_of(scores), name, seed)
    parts = [part for part in (_person(told), _head(told), _expression(told)) if part is not None]
    return [*(part.sentences for part in parts), *filter(None, [_others(told, parts)])]


def setting_of(scores: Mapping[str, Any]) -> str:
    """The test set that the answer is of: "cross", or "self" where that was not measured."""
    return "cross" if "cross" in scores else "self"


def method_titles(scores: Mapping[str, Any], setting: str) -> dict[str, str]:
    """The methods of a test set by name, with what people call each."""
    return {name: title_of(name) for name, by_source in scores[setting].items() if NO_SOURCE not in by_source}


def title_of(name: str) -> str:
    """What people call a method."""
    return GENERATORS[name].title if name in GENERATORS else name


def figures_of(scores: Mapping[str, Any], setting: str, name: str) -> Mapping[str, Any]:
    """A method's figures by metric, a generator's with the landmarks of Table 3."""
    by_source = scores[setting][name]
    return by_source.get(OWN_WAY) or by_source.get(TABLE3_LANDMARKS[setting], {})


@dataclass(frozen=True)
class _Told:
    """What is spoken of: a method in a test set."""

    scores: Mapping[str, Any]
    frames: pd.DataFrame
    setting: str
    name: str
    seed: int

    def entry(self, metric: str, name: str = "") -> Mapping[str, Any] | None:
        """A method's figure, or None where there is none."""
        entry = figures_of(self.scores, self.setting, name or self.name).get(metric)
        return entry if entry is not None and entry["value"] is not None else None

    def still(self, metric: str) -> float | None:
        """The still target's figure."""
        return self.reference(metric, COPY_TARGET)

    def reference(self, metric: str, row: Method) -> float | None:
        """The figure of a row that is no method."""
        entry = self.scores[self.setting].get(row.generator, {}).get(NO_SOURCE, {}).get(metric)
        return None if entry is None else entry["value"]

    @property
    def people(self) -> int:
        """How many targets there are."""
        return self.scores["about"][f"{self.setting}test"]["subjects"]

    def gone(self, metric: str) -> Value | None:
        """Which share of the still target's distance is gone."""
        return share_gone(self.frames, self.setting, self.row(self.name), metric, self.seed)

    def gain(self, metric: str, name: str) -> Value | None:
        """By how much another method is better, frame by frame."""
        rows = self.row(name), self.row(self.name)
        one, other = rows if METRICS[metric].better == "higher" else rows[::-1]
        return difference(self.frames, self.setting, one, other, metric, self.seed)

    def row(self, name: str) -> Method:
        """A method's row of which is spoken."""
        return Method(name, OWN_WAY if OWN_WAY in self.scores[self.setting][name] else TABLE3_LANDMARKS[self.setting])


@dataclass(frozen=True)
class _Part:
    """What is said of one thing. metric: by which methods are compared in it."""

    what: str
    metric: str
    sentences: str


def _others(told: _Told, parts: Sequence[_Part]) -> str:
    """The other methods that are surely better, and those that cannot be told apart from this one, each with what in."""
    alike, better = dict[str, list[str]](), dict[str, list[str]]()
    for name, title in method_titles(told.scores, told.setting).items():
        for part in parts if name != told.name else ():
            gain = told.gain(part.metric, name)
            if gain is None:
                continue
            if gain.low is not None and gain.low > 0:
                better.setdefault(title, []).append(part.what)
            elif gain.high is None or gain.high >= 0:
                alike.setdefault(title, []).append(part.what)
    named = (("Better", better), (f"Not told apart from {title_of(told.name)}", alike))
    return " ".join(f"{how}: {_named(found)}." for how, found in named if found)


def _named(found: Mapping[str, Sequence[str]]) -> str:
    """Methods with what they are named for; those of the same stand together."""
    together: dict[str, list[str]] = {}
    for title, what in found.items():
        together.setdefault(listed(what), []).append(title)
    return "; ".join(f"{listed(titles)} ({what})" for what, titles in together.items())


def _person(told: _Told) -> _Part | None:
    entry = told.entry("reidentified")
    if entry is None:
        return None
    people, driver = told.people, told.reference("reidentified", DRIVING_FRAMES)
    likeness = next((metric for metric in LIKENESS if told.entry(metric)), "reidentified")
    if told.setting == "cross" and driver is not None and driver >= KEPT_IN_PART:
        words = f"the driver itself is recognised as the target in {percent(driver)} of frames, among {people} people"
        return _Part("person", likeness, f"Whether the person is kept cannot be told: {words}.")
    low, high = (entry.get(end) if people >= ENOUGH_PEOPLE else None for end in ("low", "high"))
    verdict = _verdict(Value(entry["value"], 0, low, high), KEPT, KEPT_IN_PART, "kept")
    ends = "" if low == high else f" ({between(low, high, percent)})"
    recognised = f"a result is recognised as its own target in {percent(entry['value'])} of frames{ends}"
    itself = ", who drive themselves" if told.setting == "self" else ""
    sentence = f"The person {verdict}: with {title_of(told.name)}, {recognised}, among {people} people{itself}."
    return _Part("person", likeness, sentence)


def _head(told: _Told) -> _Part | None:
    metric = next((metric for metric in ROTATION if told.entry(metric) and told.still(metric)), "")
    entry, still, gone = told.entry(metric), told.still(metric), told.gone(metric)
    if entry is None or still is None or gone is None:
        return None
    is_true = metric == ROTATION[0]
    by = "the driver's true rotation" if is_true else "the driver, by fits to both pictures"
    verdict = _verdict(gone, FOLLOWED, FOLLOWED_IN_PART, "followed")
    off = f"results are {degrees(entry['value'])} off {by}, where the still target is {degrees(still)} off"
    fitted, still_fitted = told.entry(ROTATION[1]), told.still(ROTATION[1])
    also = ""
    if is_true and fitted is not None and still_fitted is not None:
        also = f" By fits to both pictures they are {degrees(fitted['value'])} off, and it is {degrees(still_fitted)} off."
    return _Part(
        "head", metric, f"The driver's head {verdict}: {off}, so that {_gone(gone)} of that is gone{_ends(gone)}.{also}{_turns(told, gone)}"
    )


def _turns(told: _Told, gone: Value) -> str:
    """Where its turns since the first frame are followed better than its poses, as in relative motion: how well."""
    turned = told.gone("turn_error")
    if turned is None or turned.number <= gone.number + NOTABLY:
        return ""
    verdict = _verdict(turned, FOLLOWED, FOLLOWED_IN_PART, "followed")
    words = f"{percent(turned.number)} of the still target's distance to that is gone{_ends(turned)}"
    return f" How it turns since each clip's first frame {verdict}: {words}."


def _expression(told: _Told) -> _Part | None:
    gone = told.gone("ed")
    if told.entry("ed") is None or gone is None:
        return None
    verdict = _verdict(gone, FOLLOWED, FOLLOWED_IN_PART, "followed")
    distance = "the still target's distance to the driver's"
    return _Part("expression", "ed", f"The expression {verdict}: {_gone(gone)} of {distance} is gone{_ends(gone)}.")


def _gone(share: Value) -> str:
    return percent(share.number) if share.number > 0 else "nothing"


def _ends(share: Value) -> str:
    """The interval of a share in brackets, where it has one."""
    return f" ({ends})" if (ends := between(share.low, share.high, percent)) else ""


def _verdict(share: Value, whole: float, part: float, word: str) -> str:
    """ "is" where all of the interval lies on one side of a limit, "may be" where the figure alone does, as with one person."""
    low = -1.0 if share.low is None else share.low
    if share.number >= whole:
        return f"is {word}" if low >= whole else f"is {word} at least in part" if low >= part else f"may be {word}"
    if share.number >= part:
        return f"{'is' if low >= part else 'may be'} {word} in part"
    return f"is not {word}" if share.high is not None and share.high < part else f"may not be {word}"
