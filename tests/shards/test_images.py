from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from reenact.shards.images import decode_frame, jpeg_size


def jpeg_of(image):
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()


def centre_of_light(image):
    grey = image.astype(np.float64).sum(2)
    down, across = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]]
    return np.array([(grey * across).sum(), (grey * down).sum()]) / grey.sum()


@pytest.mark.parametrize("stored", [256, 250])
@pytest.mark.parametrize("size", [256, 250, 200, 128, 100, 64, 48, 32, 300])
def test_landmarks_stay_on_the_spot_that_they_mark(stored, size):
    spot = np.array([91.3, 160.8], np.float32)
    down, across = np.mgrid[0:stored, 0:stored]
    dot = 255 * np.exp(-((across - spot[0]) ** 2 + (down - spot[1]) ** 2) / (2 * 12**2))
    image, landmarks = decode_frame(jpeg_of(np.repeat(dot[..., None], 3, 2).astype(np.uint8)), np.tile(spot, (68, 1)), size)
    assert image.shape == (size, size, 3) and image.dtype == np.uint8
    assert landmarks.shape == (68, 2) and landmarks.dtype == np.float32
    # In parts of the picture a misplaced half pixel would be 0.5 / size, several times what is allowed.
    np.testing.assert_allclose(landmarks[0], centre_of_light(image), atol=0.12)


def test_colours_are_red_green_blue():
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 2] = 255
    for size in (64, 32, 16, 20):
        image, _ = decode_frame(jpeg_of(red), np.zeros((68, 2), np.float32), size)
        assert image[..., 0].min() > 240 and image[..., 1:].max() < 15


def test_small_sizes_average_and_do_not_alias():
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 200
    for size in (64, 50, 32):
        image, _ = decode_frame(jpeg_of(stripes), np.zeros((68, 2), np.float32), size)
        assert np.abs(image.astype(int) - 100).max() < 25


def test_the_size_is_kept_where_none_is_asked_for():
    image, landmarks = decode_frame(jpeg_of(np.zeros((72, 72, 3), np.uint8)), np.full((68, 2), 3, np.float32))
    assert image.shape == (72, 72, 3) and (landmarks == 3).all()


def test_jpeg_size_is_width_then_height():
    assert jpeg_size(jpeg_of(np.zeros((40, 72, 3), np.uint8))) == (72, 40)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"not a picture at all", b"\xff\xd8" + b"\xff\xc0\x00\x11\x08\x00\x40\x00\x40"])
def test_damaged_pictures_raise(data):
    with pytest.raises(ValueError, match="the picture"):
        decode_frame(data, np.zeros((68, 2), np.float32), 32)


def test_a_picture_that_is_not_square_raises():
    with pytest.raises(ValueError, match="72×40, not square"):
        decode_frame(jpeg_of(np.zeros((40, 72, 3), np.uint8)), np.zeros((68, 2), np.float32), 32)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"exif": b"Exif\x00\x00" + bytes(300)}, {"subsampling": 0}])
def test_jpegs_of_every_encoder_are_read(options):
    """Progressive ones, which have another marker, and ones with other segments before the size."""
    data = io.BytesIO()
    Image.fromarray(np.full((48, 48, 3), (200, 90, 30), np.uint8)).save(data, "JPEG", quality=95, **options)
    assert jpeg_size(data.getvalue()) == (48, 48)
    image, _ = decode_frame(data.getvalue(), np.zeros((68, 2), np.float32), 24)
    assert np.abs(image.reshape(-1, 3).mean(0) - (200, 90, 30)).max() < 4
