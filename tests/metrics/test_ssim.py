from __future__ import annotations

import math

import numpy as np
import pytest

from reenact.metrics.ssim import face_mask, ssim, ssim_map


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
    whole, within = ssim(a, b, mask)
    assert whole == pytest.approx(expected.mean(), abs=1e-9)
    assert within == pytest.approx(expected[2:4, 1:6].mean(), abs=1e-9)


def test_equal_images_score_one_and_inverted_ones_below_zero(images):
    a, b = images
    everywhere = np.ones(a.shape[:2], bool)
    assert ssim(a, a, everywhere) == pytest.approx((1.0, 1.0))
    assert ssim(a, 255 - a, everywhere)[0] < 0 < ssim(a, b, everywhere)[0] < 1


def test_a_mask_at_the_border_alone_has_no_mean(images):
    mask = np.zeros(images[0].shape[:2], bool)
    mask[:5] = True
    assert np.isnan(ssim(*images, mask)[1])


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
    assert ssim(a, b, everywhere)[0] == ssim(a, b, everywhere)[1] == pytest.approx(similarity.mean())


def test_landmarks_are_rounded_to_the_nearest_pixel():
    landmarks = np.full((68, 2), 20.0, np.float32)
    landmarks[:4] = [[9.6, 10.4], [30.4, 10.4], [30.4, 39.6], [9.6, 39.6]]
    expected = np.zeros((64, 64), bool)
    expected[10:41, 10:31] = True
    np.testing.assert_array_equal(face_mask(landmarks, 64), expected)
