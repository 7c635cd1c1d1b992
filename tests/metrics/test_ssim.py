from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from reenact.metrics.base import Clip
from reenact.metrics.registry import METRICS
from reenact.metrics.ssim import ssim_map
from reenact.metrics.ssim_face import face_mask, within
from tests.support.comparisons import compared, faces


def slow_ssim(a: np.ndarray, b: np.ndarray, row: int, column: int) -> float:
    """SSIM at one pixel straight from the definition, in plain loops over window and channels."""
    weights = [[math.exp(-(i * i + j * j) / (2 * 1.5**2)) for j in range(-5, 6)] for i in range(-5, 6)]
    total = sum(map(sum, weights))
    channels = []
    for channel in range(3):
        samples = [
            (weights[i][j] / total, float(a[row - 5 + i, column - 5 + j, channel]), float(b[row - 5 + i, column - 5 + j, channel]))
            for i in range(11)
            for j in range(11)
        ]
        mean_a = sum(w * x for w, x, _ in samples)
        mean_b = sum(w * y for w, _, y in samples)
        variance_a = sum(w * (x - mean_a) ** 2 for w, x, _ in samples)
        variance_b = sum(w * (y - mean_b) ** 2 for w, _, y in samples)
        covariance = sum(w * (x - mean_a) * (y - mean_b) for w, x, y in samples)
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        structure = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
        channels.append(structure / ((mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)))
    return sum(channels) / 3


@pytest.fixture
def images() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    a = rng.integers(0, 256, (15, 17, 3), dtype=np.uint8)
    noise = rng.integers(-60, 60, a.shape)
    return a, np.clip(a.astype(int) + noise, 0, 255).astype(np.uint8)


def test_agrees_with_the_definition_at_every_pixel(images):
    a, b = images
    expected = np.array([[slow_ssim(a, b, row, column) for column in range(5, 12)] for row in range(5, 10)])
    np.testing.assert_allclose(ssim_map(a, b), expected, atol=1e-9)
    mask = np.zeros(a.shape[:2], bool)
    mask[7:9, 6:11] = True
    assert within(ssim_map(a, b), mask) == pytest.approx(expected[2:4, 1:6].mean(), abs=1e-9)


def test_equal_images_score_one_and_inverted_ones_below_zero(images):
    a, b = images
    everywhere = np.ones(a.shape[:2], bool)
    assert ssim_map(a, a).mean() == within(ssim_map(a, a), everywhere) == pytest.approx(1.0)
    assert ssim_map(a, 255 - a).mean() < 0 < ssim_map(a, b).mean() < 1


def test_a_mask_at_the_border_alone_has_no_mean(images):
    mask = np.zeros(images[0].shape[:2], bool)
    mask[:5] = True
    assert np.isnan(within(ssim_map(*images), mask))


def test_the_face_is_the_hull_of_its_landmarks():
    landmarks = np.full((68, 2), 20.0, np.float32)
    landmarks[:4] = [[10, 10], [30, 10], [30, 40], [10, 40]]
    mask = face_mask(landmarks, 64)
    assert mask.shape == (64, 64) and mask.dtype == bool  # numbers would pick rows of an image
    assert mask.sum() == 21 * 31
    assert mask[10:41, 10:31].all()


def test_images_of_other_shapes_are_refused(images):
    with pytest.raises(ValueError, match="equal shape"):
        ssim_map(images[0], images[1][:12])


@pytest.mark.parametrize(("shape", "taken"), [((11, 11, 3), True), ((10, 30, 3), False), ((30, 10, 3), False), ((30, 30), False)])
def test_images_need_three_channels_and_room_for_the_window(shape, taken):
    image = np.zeros(shape, np.uint8)
    if taken:
        assert ssim_map(image, image).shape == (1, 1)
    else:
        with pytest.raises(ValueError, match="at least 11 pixels"):
            ssim_map(image, image)


def test_pixels_at_the_border_count_in_neither_mean():
    """A difference in a corner is seen by no window that lies inside but its own."""
    a = np.full((31, 41, 3), 100, np.uint8)
    b = a.copy()
    b[0, 0] = 255
    everywhere = np.ones(a.shape[:2], bool)
    similarity = ssim_map(a, b)
    assert similarity.shape == (21, 31)
    assert similarity[0, 0] < 1 and (similarity[6:] == 1).all() and (similarity[:, 6:] == 1).all()
    assert within(similarity, everywhere) == similarity.mean()


def test_landmarks_are_rounded_to_the_nearest_pixel():
    landmarks = np.full((68, 2), 20.0, np.float32)
    landmarks[:4] = [[9.6, 10.4], [30.4, 10.4], [30.4, 39.6], [9.6, 39.6]]
    expected = np.zeros((64, 64), bool)
    expected[10:41, 10:31] = True
    np.testing.assert_array_equal(face_mask(landmarks, 64), expected)


def square(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    """Landmarks whose hull is a rectangle, its edges included."""
    landmarks = np.full((68, 2), [(left + right) / 2, (top + bottom) / 2], np.float32)
    landmarks[:4] = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return landmarks


@pytest.fixture
def clips() -> tuple[Clip, Clip]:
    """Two results with the true frames that they are compared with, and these. The landmarks of either are elsewhere."""
    rng = np.random.default_rng(6)
    results, true = rng.integers(0, 256, (2, 2, 24, 24, 3), dtype=np.uint8)
    found = np.ones(2, bool)
    driving = Clip(true, np.stack([square(6, 7, 12, 16), square(8, 8, 20, 15)]), found)
    return Clip(results, np.stack([square(0, 0, 9, 9)] * 2), found, driving, is_truth=True), driving


def test_either_metric_is_of_each_frame_against_its_own_true_frame(clips):
    """The mean of the map, and that of the part of it, moved by the margin, that lies in the true frame's face."""
    result, true = clips
    maps = [ssim_map(a, b) for a, b in zip(result.images, true.images, strict=True)]
    np.testing.assert_allclose(METRICS["ssim"].read(result), [similarity.mean() for similarity in maps])
    expected = [maps[0][2:12, 1:8].mean(), maps[1][3:11, 3:].mean()]  # a border of 5 pixels on either side has no value
    np.testing.assert_allclose(METRICS["ssim_face"].read(result), expected)


def test_one_picture_can_stand_for_all_frames(clips):
    result, _ = clips
    alone = replace(result, images=result.images[:1], landmarks=result.landmarks[:1], found=result.found[:1])
    for name in ("ssim", "ssim_face"):
        found = METRICS[name].read(alone)
        twice = replace(result, images=np.repeat(result.images[:1], 2, axis=0))
        np.testing.assert_array_equal(found, METRICS[name].read(twice))
        assert found.shape == (2,) and found[0] != found[1]


def test_where_the_driving_frames_are_no_truth_neither_has_a_meaning(clips):
    result, driving = clips
    for clip in (replace(result, is_truth=False), driving):
        assert METRICS["ssim"].read(clip) is METRICS["ssim_face"].read(clip) is None


def test_the_map_is_computed_once_for_both(clips, monkeypatch):
    calls = []

    def counted(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        calls.append(1)
        return ssim_map(a, b)

    monkeypatch.setattr("reenact.metrics.ssim.ssim_map", counted)
    for name in ("ssim", "ssim_face"):
        METRICS[name].read(clips[0])
    assert len(calls) == 2  # frames


def test_the_value_of_an_item_is_what_was_read_of_it():
    result = faces({"ssim": [0.25, 0.5]})
    np.testing.assert_array_equal(METRICS["ssim"].values(compared(result)), [0.25, 0.5])
    assert METRICS["ssim_face"].values(compared(result)) is None


@pytest.mark.parametrize("size", [31, 64])
def test_agrees_with_an_independent_implementation(size):
    """At all pixels whose window lies inside the picture; at the others they fill the picture up in different ways."""
    rng = np.random.default_rng(size)
    a = cv2.GaussianBlur(rng.integers(0, 256, (size, size, 3), np.uint8), (7, 7), 2)
    b = np.clip(a + rng.normal(0, 12, a.shape), 0, 255).astype(np.uint8)
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255, "channel_axis": 2}
    _, everywhere = structural_similarity(a, b, full=True, **settings)
    np.testing.assert_allclose(ssim_map(a, b), everywhere[5:-5, 5:-5].mean(axis=-1), atol=1e-7)
