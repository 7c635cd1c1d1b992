"""Decoded planes against the textbook's numbers, and against pictures that are known at every point."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reenact.faces.crop import CropBox
from reenact.video.decode import frames
from reenact.video.yuv import YuvPlanes, rgb_matrix
from tests.support.media import ffmpeg

WIDTH, HEIGHT = 128, 96
BT709, BT601, UNSAID = 1, 6, 2  # H.273's numbers


def write_planes(path: Path, planes: list[np.ndarray], pixels: str, *tags: str, codec: str = "ffv1") -> YuvPlanes:
    """A video of one picture with exactly these planes, and what is decoded from it."""
    height, width = planes[0].shape
    raw = b"".join(plane.astype(np.uint8).tobytes() for plane in planes)
    ffmpeg(
        "-f",
        "rawvideo",
        "-pix_fmt",
        pixels,
        "-video_size",
        f"{width}x{height}",
        "-i",
        "pipe:0",
        "-c:v",
        *codec.split(),
        *tags,
        path,
        stdin=raw,
    )
    (picture,) = frames(path)
    found = picture.planes()
    for plane, written in zip(found.planes, planes, strict=True):
        assert np.abs(plane.samples - written).mean() <= (1 if codec.startswith("mjpeg") else 0)
    return found


def test_full_range_bt601_has_the_textbooks_numbers() -> None:
    expected = [[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]]
    for number in (BT601, 5, UNSAID):
        matrix = rgb_matrix(number, full_range=True)
        assert np.allclose(matrix[:, :3], expected, atol=1e-6)
        assert np.allclose(matrix @ [200, 128, 128, 1], 200)


def test_limited_range_bt709_has_the_textbooks_numbers() -> None:
    matrix = rgb_matrix(BT709, full_range=False)
    assert np.allclose(matrix[:, :3], [[1.164, 0, 1.793], [1.164, -0.213, -0.533], [1.164, 2.112, 0]], atol=6e-4)
    assert np.allclose(matrix @ [16, 128, 128, 1], 0)
    assert np.allclose(matrix @ [235, 128, 128, 1], 255)


# 8-bit codes of the 100 % colour bars: red, green, blue.
@pytest.mark.parametrize(
    ("number", "codes"),
    [
        (BT601, [(81, 90, 240), (145, 54, 34), (41, 240, 110)]),
        (BT709, [(63, 102, 240), (173, 42, 26), (32, 240, 118)]),
        (9, [(74, 97, 240), (164, 47, 25), (29, 240, 119)]),  # BT.2020
    ],
)
def test_colour_bars_have_their_codes(number: int, codes: list[tuple[int, int, int]]) -> None:
    found = rgb_matrix(number, full_range=False) @ np.column_stack([np.array(codes), np.ones(3)]).T
    assert np.abs(found - 255 * np.eye(3)).max() < 2.5  # codes are rounded


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p"])
def test_luma_is_stretched_from_black_to_white(tmp_path: Path, pixels: str) -> None:
    levels = np.arange(256).repeat(2)[None].repeat(4, axis=0)
    grey = np.full((4, 512) if pixels == "yuv444p" else (2, 256), 128)
    limited = write_planes(tmp_path / "tv.mkv", [levels, grey, grey], pixels, "-color_range", "tv").luma()
    assert np.abs(limited - ((levels - 16) / 219 * 255).clip(0, 255)).max() <= 0.5
    assert limited.flags.c_contiguous and limited.dtype == np.uint8
    full = write_planes(tmp_path / "pc.mkv", [levels, grey, grey], pixels, "-color_range", "pc").luma()
    assert np.array_equal(full, levels)


@pytest.mark.parametrize(("range_", "unit"), [("tv", 1 / 4), ("pc", 255 / 1023)])
def test_more_than_eight_bits_are_rounded_to_eight(tmp_path: Path, range_: str, unit: float) -> None:
    codes = np.arange(1024)[None].repeat(4, axis=0)
    raw = b"".join(plane.astype("<u2").tobytes() for plane in (codes, codes[:2, ::2], codes[:2, 1::2]))
    source = ["-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-video_size", "1024x4", "-i", "pipe:0"]
    ffmpeg(*source, "-c:v", "ffv1", "-color_range", range_, tmp_path / "a.mkv", stdin=raw)
    (picture,) = frames(tmp_path / "a.mkv")
    found = picture.planes().planes
    for plane, written in zip(found, (codes, codes[:2, ::2], codes[:2, 1::2]), strict=True):
        assert np.abs(plane.samples - (written * unit).clip(0, 255)).max() <= 0.51
    assert picture.luma()[0, 64 if range_ == "tv" else 0] == 0 and picture.luma()[0, 940 if range_ == "tv" else 1023] == 255


def wave(x: np.ndarray, y: np.ndarray, phase: float) -> np.ndarray:
    """Levels at the points (x, y) of luma pixels."""
    return 128 + 60 * np.sin(2 * np.pi * x / 40 + phase) * np.cos(2 * np.pi * y / 50)


@pytest.mark.parametrize(
    ("codec", "range_"), [("ffv1", "tv"), ("ffv1", "pc"), ("mjpeg -q:v 1", "pc")], ids=["limited range", "full range", "JPEG"]
)
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p"])
def test_colours_are_cut_from_where_the_standard_puts_them(tmp_path: Path, pixels: str, codec: str, range_: str) -> None:
    # In 4:2:0 video (type 0) a colour sample is as far left as the first of its two columns, in JPEG's in their middle.
    step = 2 if pixels == "yuv420p" else 1
    jpeg = codec.startswith("mjpeg")
    first_x, first_y = (0.5 if jpeg else 0) * (step - 1), 0.5 * (step - 1)
    luma = wave(*np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT)), 0.0)
    where = np.meshgrid(first_x + step * np.arange(WIDTH // step), first_y + step * np.arange(HEIGHT // step))
    planes = [np.rint(plane) for plane in (luma, wave(*where, 1.0), wave(*where, 2.0))]
    tags = ["-color_range", range_, "-colorspace", "bt470bg" if jpeg else "bt709"]
    write_planes(tmp_path / "clip.mkv", planes, pixels.replace("yuv", "yuvj") if jpeg else pixels, *tags, codec=codec)
    (picture,) = frames(tmp_path / "clip.mkv")
    box, size = CropBox.around(60.3, 44.9, 61.7), 80
    places = box.to_source(np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=2), size)
    y, b, r = (wave(places[..., 0], places[..., 1], phase) for phase in (0.0, 1.0, 2.0))
    if range_ == "tv":
        y, b, r = (y - 16) * 255 / 219, (b - 128) * 255 / 224, (r - 128) * 255 / 224
    else:
        b, r = b - 128, r - 128
    weights = (1.402, 0.344136, 0.714136, 1.772) if jpeg else (1.5748, 0.187324, 0.468124, 1.8556)
    expected = np.stack([y + weights[0] * r, y - weights[1] * b - weights[2] * r, y + weights[3] * b], axis=2).clip(0, 255)
    assert np.abs(box.cut_from(picture, size) - expected).mean() < 1.5  # 2.9 where colours lie half a pixel beside their place


def test_other_formats_have_no_planes(tmp_path: Path) -> None:
    for pixels in ("yuv422p", "yuv422p10le", "bgr0", "gray", "yuva420p"):
        ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25", "-frames:v", "1", "-c:v", "ffv1", "-pix_fmt", pixels, tmp_path / "a.mkv")
        (picture,) = frames(tmp_path / "a.mkv")
        assert picture.planes() is None, pixels
