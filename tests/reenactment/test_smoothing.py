"""Landmarks steadied over time: what shakes is taken away, what moves is kept, and nothing goes over a gap or a cut."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from reenact.faces.observation import NO_FACE
from reenact.reenactment.driver import DriverFrame
from reenact.reenactment.smoothing import steady

TICK = Fraction(1, 12_800)
UNEVEN = np.cumsum(np.random.default_rng(3).uniform(0.01, 0.07, 60))  # seconds, as of a webcam


def at(times: np.ndarray, points: np.ndarray, part: int = 0) -> list[DriverFrame]:
    """Frames at times (F,), seconds, with landmarks (F, 68, 2)."""
    return [DriverFrame(round(t / TICK), 512, p.astype(np.float32), part=part) for t, p in zip(times.tolist(), points, strict=True)]


def smooth(frames: Sequence[DriverFrame]) -> np.ndarray:
    return np.stack([frame.landmarks for frame in steady(frames, TICK)])


def face() -> np.ndarray:
    return np.random.default_rng(1).uniform(60, 200, (68, 2))


def moved(offsets: np.ndarray) -> np.ndarray:
    """A face moved to the right by offsets (F,), pixels: (F, 68, 2)."""
    return face() + offsets[:, None, None] * [1, 0]


def blink(times: np.ndarray) -> np.ndarray:
    """How far a lid has come down at times, pixels: closed by half for 0.12 s."""
    return 10 * np.exp(-np.log(2) * ((times - 0.5) / 0.06) ** 2)


def noisy(frames: int) -> np.ndarray:
    return face() + np.random.default_rng(2).normal(0, 1, (frames, 68, 2))


def jitter(points: np.ndarray) -> float:
    return float(np.sqrt((np.diff(points, 2, axis=0) ** 2).mean()))


@pytest.mark.parametrize(("rate", "most"), [(25, 0.2), (30, 0.15), (50, 0.06)])
def test_a_still_face_hardly_shakes(rate, most):
    points = noisy(200)
    assert jitter(smooth(at(np.arange(200) / rate, points))) < most * jitter(points)


@pytest.mark.parametrize("times", [np.arange(60) / 25, np.arange(60) / 60, np.arange(60) / 10, UNEVEN], ids=["25", "60", "10", "uneven"])
def test_a_movement_passes_without_lag_from_the_first_frame_to_the_last(times):
    for offsets in (40 * times, 40 * times - 30 * times**2):
        points = moved(offsets)
        np.testing.assert_allclose(smooth(at(times, points)), points, atol=0.01)


@pytest.mark.parametrize("rate", [25, 30, 50, 60])
@pytest.mark.parametrize("phase", [0, 0.5], ids=["on a frame", "between frames"])
def test_a_blink_keeps_its_depth_and_its_moment(rate, phase):
    times = (np.arange(rate) + phase) / rate
    before = blink(times)
    after = smooth(at(times, moved(before)))[:, 0, 0] - face()[0, 0]
    assert after.max() > 0.8 * before.max()
    assert (after * times).sum() / after.sum() == pytest.approx(0.5, abs=0.002)


def test_a_blink_looks_alike_at_25_and_50_frames_a_second():
    slow, fast = (smooth(at(times, moved(blink(times))))[:, 0, 0] for times in (np.arange(26) / 25, np.arange(51) / 50))
    np.testing.assert_allclose(fast[::2], slow, atol=0.5)


def test_a_frame_is_the_value_of_the_polynomial_through_its_neighbours():
    """Of degree two, by least squares with tricube weights over 0.16 s, as NumPy fits it."""
    points = noisy(60)
    apart = (UNEVEN - UNEVEN[30]) / 0.16
    near = np.abs(apart) < 1
    weights = (1 - np.abs(apart[near]) ** 3) ** 3
    expected = np.polyfit(apart[near], points[near].reshape(near.sum(), -1), 2, w=np.sqrt(weights))[-1].reshape(68, 2)
    np.testing.assert_allclose(smooth(at(UNEVEN, points))[30], expected, atol=0.02)  # times are rounded to ticks
    assert np.abs(expected - points[30]).max() > 0.5


def test_nothing_goes_over_a_gap_or_a_cut():
    times = np.arange(20) / 25
    before, after = at(times, noisy(20)), at(times + 1, noisy(20) + 50)
    alone = [smooth(before), smooth(after)]
    gap = DriverFrame(before[-1].pts + 256, 256, None, reason=NO_FACE)
    close = at(times + 0.82, noisy(20) + 50)
    with_gap = list(steady([*before, gap, *close], TICK))
    assert with_gap[20] == gap
    np.testing.assert_array_equal([frame.landmarks for frame in with_gap if frame is not with_gap[20]], np.concatenate(alone))
    cut = at(times + 0.8, noisy(20) + 50, part=1)
    np.testing.assert_array_equal(smooth([*before, *cut]), np.concatenate(alone))


def test_all_but_the_landmarks_is_as_it_was():
    picture = np.zeros((4, 4, 3), np.uint8)
    points = noisy(9)
    frames = [DriverFrame(512 * k, 512, points[k].astype(np.float32), picture, k == 3) for k in range(9)]
    frames[5:6] = [DriverFrame(2560, 512, None, picture, reason=NO_FACE)]
    after = list(steady(frames, TICK))
    assert [(f.pts, f.duration, f.several, f.reason, f.landmarks is None) for f in after] == [
        (f.pts, f.duration, f.several, f.reason, f.landmarks is None) for f in frames
    ]
    assert all(frame.shown is picture for frame in after)
    assert after[0].landmarks.dtype == np.float32 and after[0].landmarks.shape == (68, 2)


def test_few_frames_are_held_and_a_result_needs_no_more_than_its_surroundings():
    points, read = noisy(300), 0

    def driver():
        nonlocal read
        for frame in at(np.arange(300) / 25, points):
            read += 1
            yield frame

    held, found = 0, []
    for given, frame in enumerate(steady(driver(), TICK)):
        held = max(held, read - given)
        found.append(frame.landmarks)
    assert len(found) == 300 and held <= 5
    np.testing.assert_array_equal(found[104:146], smooth(at(np.arange(100, 150) / 25, points[100:150]))[4:46])
