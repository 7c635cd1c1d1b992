from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from av.video.frame import VideoFrame

from reenact.faces.crop import WINDOW_DEVIATIONS, CropBox, placement, steady_crops
from reenact.faces.observation import Observation
from reenact.video.picture import Geometry, PictureMaker, RgbPicture


def test_the_boxs_edges_are_the_outer_edges_of_the_crop() -> None:
    box = CropBox(9.5, 19.5, 109.5, 119.5)  # pixels 10 to 109 and 20 to 119
    assert np.allclose(box.to_crop([[9.5, 19.5], [109.5, 119.5]], 50), [[-0.5, -0.5], [49.5, 49.5]])
    assert np.allclose(box.to_crop([[10, 20]], 100), [[0, 0]])  # with as many pixels as the source, centres meet centres


def test_to_source_undoes_to_crop() -> None:
    points = np.random.default_rng(1).uniform(-100, 500, (68, 2))
    box = CropBox.around(123.4, 77.7, 211.3)
    assert np.allclose(box.to_source(box.to_crop(points, 256), 256), points, atol=1e-9)


def test_a_stored_box_is_the_box_that_was_used() -> None:
    box = CropBox.around(1 / 3, 2 / 3, 100.1)
    stored = np.array([box.x0, box.y0, box.x1, box.y1], np.float32)
    assert CropBox(*map(float, stored)) == box


@pytest.mark.parametrize("side", [61.7, 128.0, 400.3])
def test_the_crop_shows_what_the_formula_says(side: float) -> None:
    # A picture that is linear in x and y stays linear under any good resampling.
    y, x = np.mgrid[0:500, 0:500]
    image = np.stack([x * 0.4 + 20, y * 0.4 + 20, (x + y) * 0.2], axis=2).round().astype(np.uint8)
    box = CropBox.around(251.3, 240.8, side)
    crop = box.cut(image, 128).astype(float)
    v, u = np.mgrid[0:128, 0:128]
    source = box.to_source(np.stack([u, v], axis=2), 128)
    expected = np.stack([source[..., 0] * 0.4 + 20, source[..., 1] * 0.4 + 20, source.sum(-1) * 0.2], axis=2)
    assert np.abs(crop - expected).max() < 2.0
    assert np.abs((crop - expected).mean()) < 0.1


def test_shrinking_averages_instead_of_picking_pixels() -> None:
    checks = (np.indices((512, 512)).sum(0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, 2)
    crop = CropBox(49.5, 49.5, 449.5, 449.5).cut(checks, 100)
    assert np.abs(crop.astype(int) - 127).max() <= 6


def test_what_lies_outside_repeats_the_border() -> None:
    image = np.full((64, 64, 3), 50, np.uint8)
    image[:, 0] = 200
    box = CropBox(-64.5, -0.5, 63.5, 127.5)
    crop = box.cut(image, 128)
    assert (crop[:64, :60] == 200).all()
    assert (crop[:, 70:] == 50).all()
    assert box.reaches_beyond(image.shape)
    assert not CropBox(-0.5, -0.5, 63.5, 63.5).reaches_beyond(image.shape)
    assert CropBox(-0.5, -0.5, 63.5, 63.51).reaches_beyond(image.shape)


def test_a_box_wholly_outside_still_gives_a_crop() -> None:
    image = np.full((64, 64, 3), 50, np.uint8)
    assert (CropBox.around(-300, 500, 40).cut(image, 32) == 50).all()


def test_enlarging_is_told() -> None:
    assert CropBox.around(100, 100, 200).is_enlarged_by(256)
    assert not CropBox.around(100, 100, 256).is_enlarged_by(256)


def test_the_rule_for_one_frame() -> None:
    landmarks = np.random.default_rng(2).uniform(0, 1, (68, 2)) * (80, 100)
    landmarks[:2] = [[0, 0], [80, 100]]
    assert np.allclose(placement(landmarks + np.array([30, 50]), scale=1.8, shift_up=0.1), (70, 100 - 18, 180))


def observations(centres: np.ndarray, skipped: set[int] = frozenset()) -> list[Observation]:
    """A face 100 pixels wide and high whose middle is at `centres` (F, 2)."""
    face = np.random.default_rng(3).uniform(-50, 50, (68, 2))
    face[:4] = [[-50, -50], [50, 50], [0, 0], [0, 0]]
    image = RgbPicture(np.zeros((8, 8, 3), np.uint8))
    return [Observation(k, image, None if k in skipped else (face + c).astype(np.float32)) for k, c in enumerate(centres)]


def boxes(seen: list[Observation], seconds: float, scale: float = 2.0) -> dict[int, CropBox]:
    return {o.frame: b for o, b in steady_crops(seen, scale=scale, shift_up=0.0, smoothing_seconds=seconds) if b is not None}


def test_smoothing_is_a_gaussian_over_time_cut_off_and_renormalised() -> None:
    centres = np.random.default_rng(4).normal(200, 3, (60, 2))
    got = boxes(observations(centres, skipped={20, 21, 40}), seconds=0.2)  # 5 frames
    kept = [k for k in range(60) if k not in {20, 21, 40}]
    assert sorted(got) == kept
    for k in (0, 19, 30, 59):
        near = [j for j in kept if abs(j - k) <= np.ceil(WINDOW_DEVIATIONS * 5)]
        weights = np.exp(-((np.array(near) - k) ** 2) / (2 * 25))
        x, y = np.average(centres[near], axis=0, weights=weights)
        assert np.allclose((got[k].x0, got[k].y0, got[k].x1, got[k].y1), (x - 100, y - 100, x + 100, y + 100), atol=1e-3)


def test_without_smoothing_each_frame_has_its_own_box() -> None:
    centres = np.random.default_rng(4).normal(200, 3, (9, 2))
    got = boxes(observations(centres), seconds=0.0)
    assert all(np.allclose((got[k].x0, got[k].y0), centres[k] - 100, atol=1e-3) for k in range(9))


def test_a_steady_drift_is_followed_without_lag() -> None:
    centres = np.stack([np.arange(100) * 2.0, np.full(100, 50.0)], axis=1)
    got = boxes(observations(centres), seconds=0.4)
    assert got[50].x0 + 100 == pytest.approx(100.0, abs=1e-3)


def test_a_sudden_move_does_not_leave_the_crop() -> None:
    centres = np.zeros((60, 2))
    centres[30:] = 120
    for frame, box in boxes(seen := observations(centres), seconds=0.4).items():
        inside = box.to_crop(seen[frame].landmarks, 256)
        assert inside.min() > 8
        assert inside.max() < 247


def test_the_same_seconds_are_smoothed_over_at_any_rate() -> None:
    centres = np.random.default_rng(4).normal(200, 3, (60, 2))
    seen = observations(centres)
    slow = [box for _, box in steady_crops(seen, scale=2, shift_up=0, smoothing_seconds=0.2)]
    fast = [box for _, box in steady_crops(seen, scale=2, shift_up=0, smoothing_seconds=0.1, fps=50)]
    assert slow == fast


@pytest.mark.parametrize("absent", [set(), set(range(20, 190))])
def test_only_the_look_ahead_is_held_whether_there_is_a_face_or_not(absent: set[int]) -> None:
    pulled = 0

    def counted():
        nonlocal pulled
        for seen in observations(np.zeros((200, 2)), skipped=absent):
            pulled += 1
            yield seen

    for n, _ in enumerate(steady_crops(counted(), scale=2, shift_up=0, smoothing_seconds=0.2), start=1):
        assert pulled - n <= np.ceil(WINDOW_DEVIATIONS * 5) + 1
    assert n == 200


def test_each_part_is_smoothed_alone() -> None:
    centres = np.random.default_rng(4).normal(200, 3, (30, 2))
    seen = [replace(each, part=int(each.frame >= 14)) for each in observations(centres)]
    parts = boxes(seen[:14], seconds=0.2) | boxes(seen[14:], seconds=0.2)
    assert boxes(seen, seconds=0.2) == parts != boxes(observations(centres), seconds=0.2)


def test_a_crop_of_a_decoded_picture_is_that_of_the_converted_one() -> None:
    y, x = np.mgrid[0:300, 0:400]
    smooth = np.stack([60 + x * 0.3, 200 - y * 0.4, 100 + 0.1 * (x + y)], axis=2).astype(np.uint8)
    picture = PictureMaker(Geometry(400, 300))(VideoFrame.from_ndarray(smooth, format="rgb24").reformat(format="yuv420p"))
    assert picture.planes() is not None
    for box in (CropBox.around(201.3, 151.8, 120.0), CropBox.around(150.0, 140.0, 61.7), CropBox.around(200.0, 150.0, 280.0)):
        found, expected = box.cut_from(picture, 128), box.cut(picture.rgb(), 128)
        assert found.shape == (128, 128, 3) and np.abs(found.astype(int) - expected).mean() < 1.5
        assert np.array_equal(box.cut_from(RgbPicture(smooth), 128), box.cut(smooth, 128))
