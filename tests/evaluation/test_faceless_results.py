"""A method whose pictures show no face must not look good: its figures are those of a face that has not moved, or worse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
import pytest

from reenact.config.schema import EvaluateParams
from reenact.evaluation.measure import Measured, Settings, measure
from reenact.evaluation.predictions import Method
from reenact.evaluation.readers import readers
from reenact.evaluation.reading import ClipReader
from reenact.evaluation.results import COPY_TARGET, DRIVING_FRAMES, OWN_WAY, Result
from reenact.metrics.registry import METRICS
from reenact.testsets.exported import Pair
from reenact.testsets.items import Kind
from tests.support.sitters import Sitter

SIDE, TURNS = 192, (0.0, 9.0, 18.0)
PEOPLE = ("a", "b", "c")
GREY, ASLEEP, TRUE = (Method(name, OWN_WAY) for name in ("grey", "half_asleep", "true"))


class Rendered:
    """Three rendered people who turn their heads, driven by themselves (SelfTest) or by the next one. Landmarks are not given."""

    size, sha256 = SIDE, "none"

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        step = 0 if kind == "selftest" else 1
        self.pairs = [Pair(number, who, PEOPLE[(number + step) % 3], (0, 1, 2)) for number, who in enumerate(PEOPLE)]

    @cached_property
    def clips(self) -> dict[str, np.ndarray]:
        return {who: np.stack([Sitter(who, SIDE).picture(turn, jawOpen=turn / 30) for turn in TURNS]) for who in PEOPLE}

    def target(self, number: int) -> tuple[np.ndarray, None]:
        return Sitter(self.pairs[number].target_subject, SIDE).picture(-12.0), None

    def driving(self, number: int) -> tuple[np.ndarray, None]:
        return self.clips[self.pairs[number].driver_subject], None


class Made:
    """Results made from a pair's driving frames."""

    def __init__(self, testset: Rendered, made: Mapping[Method, Callable[[np.ndarray], np.ndarray]]) -> None:
        self.image_formats = dict.fromkeys(made, "PNG")
        self._testset, self._made = testset, made

    def of(self, number: int) -> dict[Method, Result]:
        frames = self._testset.driving(number)[0]
        return {method: Result(make(frames), None) for method, make in self._made.items()}


def grey(frames: np.ndarray) -> np.ndarray:
    return np.full_like(frames, 128)


def half_asleep(frames: np.ndarray) -> np.ndarray:
    """The driver itself, but grey in one frame of three."""
    return np.stack([*frames[:2], grey(frames[2])])


@pytest.fixture(scope="module", autouse=True)
def own() -> None:
    """All metrics, where other tests of this folder have the first ones alone."""


@pytest.fixture(scope="module", params=["selftest", "crosstest"])
def found(request, tmp_path_factory) -> Measured:
    testset = Rendered(request.param)
    with ClipReader(readers(EvaluateParams(), "anny", tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("kept")) as reader:
        return measure(testset, [Made(testset, {GREY: grey, ASLEEP: half_asleep, TRUE: np.copy})], reader, Settings("target", {}, 0))


def read_off_faces(measured: Measured) -> list[str]:
    return [name for name, metric in METRICS.items() if metric.needs_face and name in measured.rows[GREY]]


def test_grey_pictures_are_no_better_than_the_target_copied_in_anything_read_off_a_face(found):
    names = read_off_faces(found)
    assert {"isim", "isim_centred", "rotation_error", "psim", "ed", "apd", "aed_expression", "jitter"} <= set(names)
    for name in names:
        own, copied = (found.rows[row][name].value.number for row in (GREY, COPY_TARGET))
        gain = (own - copied) * (1 if METRICS[name].better == "higher" else -1)
        # One picture stands for a clip longer than these, to whose identity the fit gives a little more weight.
        assert gain <= 0.02 * abs(copied) + 0.002, f"{name}: grey {own}, target copied {copied}"


def test_every_frame_of_them_is_counted_and_every_figure_marked(found):
    for name in read_off_faces(found):
        figure = found.rows[GREY][name]
        assert figure.failures["no face found"] == 9 and "no face found in over 10% of the frames" in (figure.value.note or ""), name


def test_frames_that_are_lost_cost_something(found):
    """A method that follows perfectly where it makes a face is not as good as one that always does."""
    for name in ("rotation_error", "ed", "apd"):
        asleep, copied, whole = (found.rows[row][name].value.number for row in (ASLEEP, COPY_TARGET, DRIVING_FRAMES))
        assert whole + 0.1 * (copied - whole) < asleep < copied, name
    assert found.rows[ASLEEP]["rotation_error"].failures == {"no face found": 3}


def test_a_method_that_makes_the_true_frames_has_their_figures(found):
    for name, figure in found.rows[DRIVING_FRAMES].items():
        assert found.rows[TRUE][name].value == figure.value, name


def test_true_frames_have_no_mark(found):
    assert all("no face" not in (figure.value.note or "") for figure in found.rows[DRIVING_FRAMES].values())
