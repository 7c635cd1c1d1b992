from __future__ import annotations

import numpy as np
import pytest

from reenact.faces.detector import detect, detect_scaled, luma_of, overlap


def test_faces_are_found_where_they_are_best_first(portraits, picture) -> None:
    found = [d for d in detect(picture(640, 300, (portraits[0], 10, 20, 1), (portraits[1], 350, 20, 1))) if d.is_sure]
    assert len(found) == 2
    assert found[0].score >= found[1].score
    for d, left in zip(sorted(found, key=lambda d: d.box), (10, 350), strict=True):
        assert left < d.box[0] < d.box[2] < left + 256
        assert 20 < d.box[1] < d.box[3] < 276


def test_the_box_moves_with_the_face(portraits, picture) -> None:
    first, second = (detect(picture(400, 400, (portraits[0], left, top, 1)))[0].box for left, top in ((40, 40), (88, 72)))
    assert np.allclose(np.subtract(second, first), (48, 32, 48, 32), atol=8)


def test_nothing_sure_is_found_where_no_face_is() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (256, 256, 3), np.uint8)
    assert not any(d.is_sure for d in detect(noise))
    assert detect(np.zeros((30, 20, 3), np.uint8)) == []


def test_upsampling_finds_smaller_faces(portraits, picture) -> None:
    small = picture(160, 160, (portraits[0], 30, 30, 0.35))
    assert not any(d.is_sure for d in detect(small))
    assert any(d.is_sure for d in detect(small, upsampling=1))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 2, 2), 1.0),
        ((1, 0, 3, 2), 1 / 3),
        ((2, 0, 4, 2), 0.0),
        ((3, 0, 5, 2), 0.0),
        ((0, 3, 2, 5), 0.0),
        ((5, 5, 6, 6), 0.0),
        ((0, 0, 1, 1), 0.25),
    ],
)
def test_overlap_is_intersection_over_union(other, expected) -> None:
    assert overlap((0, 0, 2, 2), other) == pytest.approx(expected)
    assert overlap(other, (0, 0, 2, 2)) == pytest.approx(expected)


def test_boxes_without_extent_overlap_nothing() -> None:
    for box in ((5, 5, 5, 5), (5, 5, 5, 6), (5, 5, 6, 5)):
        assert overlap(box, box) == 0


def test_luma_weighs_red_green_and_blue_as_bt_601_does() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert luma_of(colours).tolist() == [[round(255 * share) for share in (0.299, 0.587, 0.114)]]


@pytest.mark.parametrize("shape", [(3, 900), (900, 3)])
def test_a_strip_that_scaling_would_leave_without_pixels_has_no_face(shape) -> None:
    assert detect_scaled(np.zeros(shape, np.uint8), 0.1) == []
