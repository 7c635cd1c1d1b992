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


@pytest.mark.parametrize("size", [128, 64, 32])
def test_a_half_a_quarter_and_an_eighth_are_what_libjpeg_makes(size):
    noise = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8), (0, 0), 2)
    data = jpeg_of(noise)
    with Image.open(io.BytesIO(data)) as expected:
        expected.draft("RGB", (size, size))  # Pillow asks libjpeg for the smaller picture, too
        assert expected.size == (size, size)
        image, _ = decode_frame(data, np.zeros((68, 2), np.float32), size)
        assert np.abs(image.astype(int) - np.asarray(expected)).max() <= 2


def test_shrinking_averages_where_libjpeg_cannot_help_and_enlarging_is_smooth():
    stripes = np.zeros((255, 255, 3), np.uint8)
    stripes[:, ::2] = 200
    image, _ = decode_frame(jpeg_of(stripes), np.zeros((68, 2), np.float32), 51)  # five columns to one, two or three of them light
    assert np.abs(image.astype(int) - 100).max() < 25
    ramp = np.tile(np.arange(64, dtype=np.uint8)[None, :, None] * 3, (64, 1, 3))
    image, _ = decode_frame(jpeg_of(ramp), np.zeros((68, 2), np.float32), 192)
    assert np.abs(np.diff(image[96, 6:-6, 1].astype(int)) - 1).max() <= 1  # a step of 3 levels over three pixels


def test_tables_may_come_before_the_size():
    data = jpeg_of(np.zeros((48, 48, 3), np.uint8))
    segments, at = [], 2
    while data[at + 1] != 0xDA:  # up to where the picture begins
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        segments.append(data[at:end])
        at = end
    tables_first = sorted(segments, key=lambda segment: segment[1] == 0xC0)
    assert tables_first != segments and tables_first[-1][1] == 0xC0
    assert jpeg_size(data[:2] + b"".join(tables_first) + data[at:]) == (48, 48)
