from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.errors import ReenactError
from reenact.faces.landmark_image import PARTS, draw, line_width


def as_bytes(image: torch.Tensor) -> np.ndarray:
    """(3, S, S) in [-1, 1] -> (S, S, 3) uint8."""
    return image.add(1).mul(127.5).round().to(torch.uint8).permute(1, 2, 0).numpy()


@pytest.mark.parametrize("size", [64, 128, 250])
def test_each_part_has_its_colour_where_its_landmarks_are(face, size):
    landmarks = (face() + 0.5) * size / 64 - 0.5
    image = as_bytes(draw(landmarks[None], size)[0])
    for part in PARTS:
        middle = landmarks[part.first : part.last + 1].mean(0) if not part.closed else landmarks[part.first]
        index = (part.first + part.last) // 2
        x, y = np.rint(landmarks[index] if not part.closed else middle).astype(int)
        near = image[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).astype(int)
        assert np.abs(near - part.colour).max(1).min() < 90, part.name  # a thin line may lie between two pixels
    assert (image == 0).all(2).mean() > 0.7


def test_parts_cover_the_68_points_once_in_colours_of_their_own():
    assert [index for part in PARTS for index in range(part.first, part.last + 1)] == list(range(68))
    assert len({part.colour for part in PARTS}) == len(PARTS) == 9


def test_a_line_lies_where_pixel_centres_have_whole_numbers():
    landmarks = np.full((1, 68, 2), -100, np.float32)
    landmarks[0, 27:31] = [(20.0, 10.0), (20.0, 20.0), (20.0, 30.0), (20.0, 40.0)]  # the nose bridge, upright in column 20
    brightness = as_bytes(draw(landmarks, 64)[0]).astype(float).sum(2)
    columns = brightness[15:35].sum(0)
    assert columns.argmax() == 20
    assert (columns * np.arange(64)).sum() / columns.sum() == pytest.approx(20, abs=0.05)
    landmarks[0, 27:31, 0] += 0.5
    columns = as_bytes(draw(landmarks, 64)[0]).astype(float).sum(2)[15:35].sum(0)
    assert (columns * np.arange(64)).sum() / columns.sum() == pytest.approx(20.5, abs=0.1)


def test_a_batch_equals_its_images_drawn_one_by_one(face):
    landmarks = np.stack([face(shift) for shift in (-4.0, 0.3, 9.0)])
    together = draw(torch.from_numpy(landmarks), 64)
    assert together.shape == (3, 3, 64, 64) and together.dtype == torch.float32
    assert together.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(together, torch.cat([draw(one[None], 64) for one in landmarks]))
    assert together.min() == -1 and 0.9 < together.max() <= 1


def test_points_outside_the_image_are_cut_off(face):
    half_out = draw(face(shift=40)[None], 64)
    assert half_out.max() > 0 and (half_out[..., :8] == -1).all()
    far = np.random.default_rng(0).uniform(-1e9, 1e9, (2, 68, 2))
    assert torch.isfinite(draw(far, 64)).all()
    assert (draw(face(shift=1000)[None], 64) == -1).all()


def test_lines_grow_with_the_image():
    assert [line_width(size) for size in (64, 128, 256, 512)] == [1, 1, 2, 4]


@pytest.mark.parametrize("landmarks", [np.zeros((68, 2)), np.zeros((1, 67, 2)), np.full((1, 68, 2), np.nan)])
def test_what_cannot_be_drawn_is_refused(landmarks):
    with pytest.raises(ReenactError, match="landmarks to draw"):
        draw(landmarks, 64)
