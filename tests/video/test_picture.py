"""Pictures of videos: what is cut from the planes, and what is converted whole, against the scene that was encoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from reenact.faces.crop import CropBox
from reenact.video.decode import frames
from reenact.video.orientation import Orientation
from reenact.video.picture import Geometry, Picture, PictureMaker, RgbPicture
from tests.support.inputs.strange import Footage, high_dynamic_range
from tests.support.media import MATRICES, by_matrix, ffmpeg, set_display_matrix

WIDTH, HEIGHT = 320, 240
BT601_LUMA = np.array([0.299, 0.587, 0.114])
H264 = ["-c:v", "libx264", "-crf", "4"]


def soft_scene() -> np.ndarray:
    """Soft coloured waves, (240, 320, 3) uint8 RGB, with nothing that half-sized colours cannot show."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    waves = [(70, 90, 0.0), (110, 60, 1.5), (90, 130, 3.0)]
    return np.stack([128 + 80 * np.sin(2 * np.pi * x / a + c) * np.cos(2 * np.pi * y / b) for a, b, c in waves], axis=2).astype(np.uint8)


SCENE = soft_scene()


def encoded(path: Path, *options: str) -> Picture:
    """The first picture of the scene's video, made by ffmpeg."""
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{WIDTH}x{HEIGHT}", "-framerate", "25", "-i", "pipe:0"]
    ffmpeg(*source, *options, path, stdin=SCENE.tobytes())
    return next(frames(path))


def converted(matrix: str, range_: str, pixels: str) -> list[str]:
    """Options for a file of these colours that says so."""
    tag = {"bt709": "bt709", "bt601": "smpte170m"}[matrix]
    scale = f"scale=out_color_matrix={matrix}:out_range={range_}:flags=bicubic+accurate_rnd+full_chroma_int,format={pixels}"
    return ["-vf", scale, *H264, "-colorspace", tag, "-color_range", range_]


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Mean absolute difference, levels."""
    assert found.shape == expected.shape and found.dtype == np.uint8
    return float(np.abs(found.astype(int) - expected).mean())


def check_whole(picture: Picture, expected: np.ndarray, levels: float = 2) -> None:
    """Shape, RGB and luma are those of what is to be shown."""
    assert picture.shape == expected.shape[:2]
    assert difference(picture.rgb(), expected) < levels
    assert difference(picture.luma(), (expected @ BT601_LUMA).round()) < levels


def check_crops(picture: Picture, shown: np.ndarray) -> None:
    """Crops of a picture's planes are those of the whole picture, and of what is to be shown."""
    assert picture.planes() is not None and picture.shape == shown.shape[:2]
    assert difference(picture.rgb(), shown) < 2
    for box in (
        CropBox.around(150.3, 120.8, 180.4),
        CropBox.around(160, 119.5, 64),
        CropBox.around(40.2, 30.9, 200),
        CropBox.around(160, 120, 500),
    ):
        crop = box.cut_from(picture, 128)
        assert difference(crop, box.cut(picture.rgb(), 128)) < 2
        assert difference(crop, box.cut(shown, 128)) < 2.5


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "yuv420p10le", "yuv444p10le"])
@pytest.mark.parametrize("range_", ["tv", "pc"])
@pytest.mark.parametrize("matrix", ["bt601", "bt709"])
def test_a_crop_of_the_planes_is_that_of_the_whole_picture(tmp_path: Path, matrix: str, range_: str, pixels: str) -> None:
    check_crops(encoded(tmp_path / "clip.mp4", *converted(matrix, range_, pixels)), SCENE)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "yuv420p10le"])
@pytest.mark.parametrize("matrix", MATRICES[1:])
def test_a_crop_of_turned_and_mirrored_planes_is_that_of_the_whole_picture(tmp_path: Path, matrix: tuple[int, ...], pixels: str) -> None:
    path = tmp_path / "turned.mp4"
    encoded(path, *converted("bt709", "tv", pixels))
    set_display_matrix(path, *matrix)
    picture = next(frames(path))
    shown = by_matrix(SCENE, *matrix)
    check_crops(picture, shown)
    assert difference(picture.luma(), (shown @ [0.2126, 0.7152, 0.0722]).round()) < 1


@pytest.mark.parametrize("sides", [(320, 240), (319, 239)])
@pytest.mark.parametrize("orientation", [Orientation(mirrored, turns) for mirrored in (False, True) for turns in range(4)])
def test_colours_turn_with_the_luma(orientation: Orientation, sides: tuple[int, int]) -> None:
    width, height = sides
    edge = np.full((height, width, 3), (40, 60, 90), np.uint8)
    edge[height // 3 :, width // 4 :] = (90, 70, 30)  # the same luma: half a sample beside its place, colours differ by more than a level
    frame = VideoFrame.from_ndarray(edge, format="rgb24").reformat(format="yuv420p")
    picture = PictureMaker(Geometry(width, height, orientation))(frame)
    box = CropBox.around(picture.shape[1] / 2, picture.shape[0] / 2, 300)
    assert difference(box.cut_from(picture, 300), box.cut(picture.rgb(), 300)) < 0.5


@pytest.mark.parametrize("pixels", ["yuv444p", "yuv422p"])
@pytest.mark.parametrize("matrix", range(1, 18))
def test_every_matrix_is_shown_and_unknown_ones_as_by_ffmpeg(matrix: int, pixels: str) -> None:
    known = {1: 1, 4: 4, 7: 7, 9: 9, 10: 9}.get(matrix, 2)
    frame = VideoFrame.from_ndarray(SCENE, format="rgb24").reformat(format=pixels, dst_color_range=ColorRange.MPEG)
    maker = PictureMaker(Geometry(WIDTH, HEIGHT))
    frame.colorspace = known
    expected = maker(frame).rgb()
    frame.colorspace = matrix
    picture = maker(frame)
    assert np.array_equal(picture.rgb(), expected)
    box = CropBox.around(160, 120, 100)
    assert difference(box.cut_from(picture, 100), box.cut(expected, 100)) < 1


def test_rgb_in_planes_of_luma_is_converted_whole() -> None:
    frame = VideoFrame.from_ndarray(SCENE, format="rgb24").reformat(format="yuv444p")
    frame.colorspace = 0
    assert PictureMaker(Geometry(WIDTH, HEIGHT))(frame).planes() is None


@pytest.mark.parametrize("range_", ["tv", "pc"])
def test_luma_is_the_decoders_from_0_to_255(tmp_path: Path, range_: str) -> None:
    assert difference(encoded(tmp_path / "a.mp4", *converted("bt601", range_, "yuv420p")).luma(), (SCENE @ BT601_LUMA).round()) < 1
    hd = encoded(tmp_path / "b.mp4", *converted("bt709", range_, "yuv420p"))
    assert difference(hd.luma(), (SCENE @ [0.2126, 0.7152, 0.0722]).round()) < 1


@pytest.mark.parametrize(
    "options",
    [
        [*H264, "-pix_fmt", "yuv422p"],
        [*H264, "-pix_fmt", "yuv422p10le"],
        ["-c:v", "libx264rgb", "-crf", "4"],
    ],
    ids=["4:2:2", "10 bits 4:2:2", "RGB"],
)
def test_other_formats_are_converted_whole(tmp_path: Path, options: list[str]) -> None:
    picture = encoded(tmp_path / "clip.mp4", *options)
    assert picture.planes() is None and picture.rgb() is picture.rgb()  # once
    check_whole(picture, SCENE)
    box = CropBox.around(150.3, 120.8, 180.4)
    assert difference(box.cut_from(picture, 128), box.cut(SCENE, 128)) < 2


@pytest.mark.parametrize(("squeeze", "aspect"), [("scale=160:240", "2"), ("scale=320:120", "1/2")])
def test_pictures_of_other_than_square_pixels_are_converted_whole(tmp_path: Path, squeeze: str, aspect: str) -> None:
    picture = encoded(tmp_path / "clip.mp4", "-vf", f"{squeeze},setsar={aspect},format=yuv444p", *H264)
    assert picture.planes() is None
    check_whole(picture, SCENE)


def test_a_picture_that_is_rgb_already() -> None:
    picture = RgbPicture(SCENE)
    assert picture.planes() is None and picture.rgb() is SCENE
    check_whole(picture, SCENE, levels=0.51)


PATCHES = [(30, 30, 30), (90, 90, 90), (160, 160, 160), (200, 150, 120), (120, 80, 60), (60, 90, 140), (90, 130, 70), (180, 60, 60)]


def test_hdr_shows_the_colours_that_were_filmed(tmp_path: Path) -> None:
    """Greys, skins and soft colours, made into PQ by the formula of SMPTE ST 2084."""
    patches = np.array(PATCHES, np.uint8).reshape(2, 4, 3).repeat(60, axis=0).repeat(60, axis=1)
    high_dynamic_range("smpte2084")(tmp_path / "pq.mp4", Footage(tmp_path, np.stack([patches] * 12)))
    picture = next(frames(tmp_path / "pq.mp4"))
    assert picture.planes() is None and picture.shape == (120, 240)
    middles = (slice(30, None, 60), slice(30, None, 60))
    found = picture.rgb()[middles].reshape(-1, 3)
    assert np.abs(found.astype(int) - PATCHES).max() < 8
    assert np.abs(picture.luma()[middles].ravel() - PATCHES @ BT601_LUMA).max() < 8
