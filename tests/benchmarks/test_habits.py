"""Habits of those who mark landmarks: that they are measured as they were made."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from benchmarks import habits
from reenact.synthetic.clip import draw_take, subject_figure
from reenact.synthetic.landmark_people.habits import BIAS_LENGTH, Habit
from reenact.synthetic.landmark_people.performance import TAKE_FRAMES, draw_performance
from reenact.synthetic.landmark_subjects import random_heads

PAIRS = 50


def marked(habit: Habit, seed: int, pairs: int = PAIRS) -> habits.Marked:
    """A random head, marked with the habit: two frames of each take."""
    random, heads = np.random.default_rng(seed), random_heads()
    head, performance = heads.draw(random), draw_performance(random, TAKE_FRAMES * pairs)
    frames = (np.arange(pairs)[:, None] * TAKE_FRAMES + [12, 13]).ravel()
    rows = head.neutral + np.tensordot(performance.blendshapes[frames], head.blendshapes, 1)
    person = habits.Marked(rows, performance.rotation[frames], np.zeros((len(frames), 68, 2)))
    seen = habits.marks(heads.model.table, person, habit.slide, habit.slip)
    return habits.Marked(rows, person.rotation, habit.marked(seen, person.rotation, random))


def bias_of(seed: int, deviation: float) -> np.ndarray:
    """Of all but the jaw, whose sliding and slipping would be taken for a part of it."""
    bias = random_heads().fields.symmetric(np.random.default_rng(seed), BIAS_LENGTH, 2)[:68] * deviation
    bias[:17] = 0
    return bias


@pytest.mark.parametrize(("slide", "slip"), [(0.0, (0.0, 0.0)), (1.0, (-2.0, 1.5)), (0.6, (3.0, -2.0)), (1.3, (0.5, 2.5))])
def test_the_jaws_slide_and_slip_are_found(slide: float, slip: tuple[float, float]):
    person = marked(Habit(slide, np.array(slip), bias_of(1, 0.03), 0.004), 3)
    found = habits.measure(random_heads().model.table, person).jaw
    np.testing.assert_allclose(found, [slide, *slip], atol=0.1)


def test_a_line_of_yaw_and_a_mean_offset_are_found():
    bias = bias_of(2, 0.05)
    person = marked(Habit(1.0, np.zeros(2), bias, 0.004), 4)
    moved = habits.Marked(person.rows, person.rotation, person.found + np.array([0.03, -0.04]))
    found = habits.measure(random_heads().model.table, moved)
    np.testing.assert_allclose(found.slope[17:], bias[17:], atol=0.01)
    np.testing.assert_allclose(found.slope_square[1:], habits.by_part(bias**2)[1:], rtol=0.15, atol=1e-4)
    np.testing.assert_allclose(found.offset_square[1:], (0.03**2 + 0.04**2) / 2, rtol=0.1)


def test_what_the_jaw_does_besides_sliding_is_its_bias():
    """Up and down, which neither slides nor slips: at the chin all of it is left."""
    bias = np.zeros((68, 2))
    bias[:17, 1] = 0.06
    found = habits.measure(random_heads().model.table, marked(Habit(0.0, np.zeros(2), bias, 0.002), 5))
    np.testing.assert_allclose(found.slope[8], [0, 0.06], atol=0.015)
    assert np.abs(found.slope[17:]).max() < 0.01


@pytest.mark.parametrize("jitter", [0.002, 0.012])
def test_jitter_is_found_of_points_and_of_parts(jitter: float):
    people = [marked(Habit(0.0, np.array([1.0, 0.0]), bias_of(6, 0.03), jitter), seed) for seed in range(3)]
    found = [habits.measure(random_heads().model.table, person) for person in people]
    for name in ("left", "flicker"):
        own, common = np.sqrt(np.mean([getattr(each, name) for each in found], 0))
        np.testing.assert_allclose(own, jitter, rtol=0.15)
        np.testing.assert_allclose(common, jitter, rtol=0.2)


def test_noise_alone_is_no_bias():
    """In as few frames as a person needs: the slope of noise is taken off, so that people have none on average."""
    people = [marked(Habit(1.0, np.zeros(2), np.zeros((68, 2)), 0.01), seed, pairs=6) for seed in range(30)]
    figures = habits.figures([habits.measure(random_heads().model.table, person) for person in people])
    slopes = figures["bias"]["slope"]["dlib"]
    assert all(slopes[part]["mean"] < 0.015 for part in ("brows", "nose", "eyes", "mouth"))
    jitter = figures["jitter"]["own"]["left"]["dlib"]["eyes"]["mean"]
    assert jitter == pytest.approx(0.01, rel=0.1)


def test_the_renderers_landmarks_are_those_of_one_who_slides_and_does_not_slip():
    figure = subject_figure(habits.SEED, "habits0000")
    take = draw_take(figure, habits.SEED, "habits0000", "take0001", habits.PARAMS)
    frames = range(0, 50, 7)
    pixels = figure.model.landmarks(figure.shape, take.blendshapes, take.rotation, take.camera)
    rows = np.stack([habits.neutral_rows(figure, take, frame) for frame in frames])
    true = np.stack([habits.at_face(pixels[frame], take.camera.frame(frame)) for frame in frames])
    person = habits.Marked(rows, take.rotation[frames], true)
    assert np.abs(habits.marks(figure.model.table, person, 1.0, np.zeros(2)) - true).max() < 0.002  # decimetres: 0.2 pixels


def test_too_few_frames_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["habits", "--frames", "7"])
    with pytest.raises(SystemExit, match=r"^Error: --frames 7 is too few; a person's habits take 8 frames at least$"):
        habits.main()
