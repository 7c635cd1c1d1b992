"""The results of a method that is not the project's own: what is accepted, and read as it is."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reenact.evaluation.external import ExternalMethod
from tests.support.made_results import COUNTS, FRAMES, SIZE, Wanted, as_strip, opaque, pictures, write_folder, write_video


def test_folders_of_pictures_are_read_as_they_are(folder):
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    for number in COUNTS:
        found = method.frames(number)
        assert found.dtype == np.uint8 and found.shape == (FRAMES, SIZE, SIZE, 3)
        np.testing.assert_array_equal(found, pictures(number)[-FRAMES:], err_msg="what leads the frames is left out")
    assert method.image_format == "PNG"


@pytest.mark.parametrize(("name", "first"), [("{}.png", 8), ("frame{:d}_of_12.PNG", 7), ("{:04d}.png", 98), ("result-{}.jpeg", 9)])
def test_frames_are_in_the_order_of_their_numbers(folder, name, first):
    shutil.rmtree(folder / "0001")
    write_folder(folder / "0001", pictures(1), name, first)
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    brightness = method.frames(1).mean(axis=(1, 2, 3))
    assert (np.diff(brightness) > 15).all()


def in_folder(path: Path, images: np.ndarray) -> None:
    write_folder(path.with_suffix(""), images)


@pytest.mark.parametrize(
    ("name", "write", "kept", "worst"),
    [
        ("{0}.mp4", write_video, "video h264 yuv444p", 12),
        ("{0:04d}.mov", write_video, "video h264 yuv444p", 12),
        ("{0:04d}.mkv", write_video, "video h264 yuv444p", 12),
        ("{0:04d}.MP4", write_video, "video h264 yuv444p", 12),
        ("{0:04d}--{0:04d}.mp4", write_video, "video h264 yuv444p", 12),
        ("{0:04d}.avi", lambda path, images: write_video(path, images, "-bf", "0"), "video h264 yuv444p", 12),
        ("{0:04d}.webm", lambda path, images: write_video(path, images, pixels="yuv420p"), "video vp8 yuv420p", 120),
        ("{0:04d}.png", as_strip, "PNG", 0),
        ("{0:04d}.mp4-{0:04d}.png.png", as_strip, "PNG", 0),
        ("{0:04d}-{0:04d}.png.png", as_strip, "PNG", 0),
        ("{0}.d", in_folder, "PNG", 0),
    ],
)
def test_videos_and_strips_are_read_under_the_names_that_tools_give_them(tmp_path, name, write, kept, worst):
    for number in COUNTS:
        write(tmp_path / name.format(number), pictures(number))
    method = ExternalMethod("mine", tmp_path, Wanted())
    method.check()
    for number in COUNTS:
        found = method.frames(number)
        assert found.shape == (FRAMES, SIZE, SIZE, 3)
        assert np.abs(found.astype(int) - pictures(number)[-FRAMES:]).max() <= worst
    assert method.image_format == kept


def test_kinds_may_be_mixed_and_are_all_named(folder):
    shutil.rmtree(folder / "0001")
    write_video(folder / "0001.mp4", pictures(1))
    shutil.rmtree(folder / "0002")
    write_folder(folder / "0002", pictures(2), "{}.jpg")
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    assert method.image_format == "JPEG and PNG and video h264 yuv444p"
    assert method.lossy_formats == {"JPEG", "video h264 yuv444p"}


def test_a_folder_with_both_kinds_of_files_names_each_once(folder):
    Image.fromarray(pictures(1)[3]).save(folder / "0001/000003.jpg")
    (folder / "0001/000003.png").unlink()
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    assert method.image_format == "JPEG and PNG" and method.lossy_formats == {"JPEG"}


@pytest.mark.parametrize(
    ("options", "pixels", "is_lossy"),
    [
        (("-c:v", "ffv1"), "gbrp", False),
        (("-c:v", "png"), "rgb24", False),
        (("-c:v", "ffv1"), "yuv420p", True),
        (("-c:v", "libx264rgb", "-crf", "4"), "rgb24", True),
    ],
)
def test_what_a_videos_compression_loses_is_known(folder, options, pixels, is_lossy):
    """By what the frames are after it, too."""
    shutil.rmtree(folder / "0000")
    write_video(folder / "0000.mkv", pictures(0), *options, pixels=pixels)
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    assert bool(method.lossy_formats) == is_lossy == bool((method.frames(0) != pictures(0)).any())


def test_hashes_are_of_the_files_bytes(folder):
    shutil.rmtree(folder / "0001")
    write_video(folder / "0001.mp4", pictures(1))
    method = ExternalMethod("mine", folder, Wanted())
    together = b"".join(path.read_bytes() for path in sorted((folder / "0000").iterdir()))
    assert method.sha256(0) == hashlib.sha256(together).hexdigest()
    assert method.sha256(1) == hashlib.sha256((folder / "0001.mp4").read_bytes()).hexdigest()


def test_links_are_followed_and_what_desktops_leave_is_no_result(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.move(folder / "0001", elsewhere / "frames")
    (folder / "0001").symlink_to(elsewhere / "frames")
    (folder / "0000" / "000000.png").rename(elsewhere / "first")
    (folder / "0000" / "000000.png").symlink_to(elsewhere / "first")
    for name in (".DS_Store", "Thumbs.db", "._0000.mp4", "0000/._000000.png", "0001/desktop.ini"):
        (folder / name).write_bytes(b"x")
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    np.testing.assert_array_equal(method.frames(1), pictures(1))
    np.testing.assert_array_equal(method.frames(0), pictures(0))


def grey(image: np.ndarray) -> Image.Image:
    return Image.fromarray(image[..., 0])


@pytest.mark.parametrize(("made", "expected"), [(grey, lambda image: image[..., :1].repeat(3, axis=2)), (opaque, lambda image: image)])
def test_grey_and_opaque_pictures_become_rgb(folder, made, expected):
    image = pictures(0)[1]
    made(image).save(folder / "0000" / "000001.png")
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    np.testing.assert_array_equal(method.frames(0)[1], expected(image))
