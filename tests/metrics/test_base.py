from __future__ import annotations

import numpy as np
import pytest

from reenact.metrics.base import Clip, Metric, Reference
from tests.support.comparisons import compared, faces


def metric(**more) -> Metric:
    settled = {"better": "higher", "range": (0.0, 1.0), "reference": Reference.PERSON, "backend": "none", "tables": (), "place": 1}
    return Metric(name="made_up", title="Made up", about="Nothing.", **(settled | more))


def clip(count: int = 3) -> Clip:
    return Clip(np.zeros((count, 8, 8, 3), np.uint8), np.zeros((count, 68, 2), np.float32), np.ones(count, bool))


def test_what_several_ask_a_clip_for_is_computed_once():
    calls = []

    def count_frames(clip: Clip) -> int:
        calls.append(clip)
        return len(clip.images)

    one, other = clip(3), clip(5)
    assert [one.once(count_frames), one.once(count_frames), other.once(count_frames)] == [3, 3, 5]
    assert len(calls) == 2
    assert one.once(lambda clip: clip.found.all())


def test_a_clip_that_knows_something_compares_and_prints_as_before():
    one = clip()
    before = repr(one)
    one.once(lambda clip: 1)
    assert repr(one) == before


@pytest.mark.parametrize(
    ("readings", "is_measured"),
    [({"net": [1.0]}, True), ({"net.part": [1.0]}, True), ({"network": [1.0]}, False), ({"": [1.0]}, False), ({}, False)],
)
def test_a_metric_whose_reader_was_not_asked_for_is_not_measured(readings, is_measured):
    found = metric(reader="net", measure=lambda comparison: np.array([0.5])).values(compared(faces(readings)))
    assert (found is not None) == is_measured


def test_a_metric_without_a_reader_is_measured_always():
    assert metric(measure=lambda comparison: np.array([0.5])).values(compared(faces())) == [0.5]
    assert metric(measure=lambda comparison: None).values(compared(faces())) is None


def test_a_metric_that_reads_by_itself_has_the_values_under_its_name():
    reads = metric(read=lambda clip: clip.found.astype(float))
    np.testing.assert_array_equal(reads.values(compared(faces({"made_up": [0.0, 1.0]}))), [0, 1])
    assert reads.values(compared(faces({"other": [0.0]}))) is None


def test_pictures_are_read_when_they_are_asked_for():
    some = faces({"dlib": [[1.0]]})
    with pytest.raises(AssertionError, match="looks at no picture"):
        _ = some.images


def test_an_arrow_points_to_the_better_side():
    assert (metric().arrow, metric(better="lower").arrow) == ("↑", "↓")
