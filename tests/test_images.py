from __future__ import annotations

import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from reenact.errors import ReenactError
from reenact.images import GROUND, read_picture

HEIGHT, WIDTH = 40, 60


@pytest.fixture
def ramp() -> np.ndarray:
    """A grey ramp from left to right with a bright upper left corner, (40, 60, 3) uint8."""
    picture = np.repeat(np.linspace(10, 200, WIDTH).round().astype(np.uint8)[None, :, None], HEIGHT, 0).repeat(3, 2)
    picture[:8, :8] = 250
    return picture


def close(path: Path, expected: np.ndarray, tolerance: float = 1.0) -> None:
    found = read_picture(path)
    assert found.dtype == np.uint8 and found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).mean() <= tolerance


MODES = {"png": ["RGB", "L", "P", "LA", "RGBA", "1"], "tif": ["RGB", "L", "P", "1"]}


@pytest.mark.parametrize(("ending", "mode"), [(ending, mode) for ending, modes in MODES.items() for mode in modes])
def test_modes_of_eight_bits_or_less(ramp, tmp_path, mode, ending):
    picture = Image.fromarray(ramp)
    if mode == "P":
        picture = picture.quantize(256)
    elif mode == "LA":
        picture = picture.convert("L").convert("LA")
    else:
        picture = picture.convert(mode)
    picture.save(tmp_path / f"it.{ending}")
    close(tmp_path / f"it.{ending}", np.asarray(picture.convert("RGB")))


def test_cmyk(ramp, tmp_path):
    Image.fromarray(ramp).convert("CMYK").save(tmp_path / "it.jpg", quality=98)
    close(tmp_path / "it.jpg", ramp, 3)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits_are_scaled_not_clipped(ramp, tmp_path, ending):
    Image.fromarray(ramp[..., 0].astype(np.uint16) * 257).save(tmp_path / f"it.{ending}")
    close(tmp_path / f"it.{ending}", ramp)


def test_floats_and_whole_numbers(ramp, tmp_path):
    Image.fromarray((ramp[..., 0] / 255).astype(np.float32)).save(tmp_path / "float.tif")
    Image.fromarray(ramp[..., 0].astype(np.int32) * 257).save(tmp_path / "int.tif")
    close(tmp_path / "float.tif", ramp)
    close(tmp_path / "int.tif", ramp)


def test_sixteen_bit_colour(ramp, tmp_path):
    cv2.imwrite(str(tmp_path / "it.png"), ramp[..., ::-1].astype(np.uint16) * 257)
    close(tmp_path / "it.png", ramp)


def test_transparency_shows_grey(ramp, tmp_path):
    alpha = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    alpha[:, 30:] = 0
    Image.fromarray(np.concatenate([ramp, alpha], 2)).save(tmp_path / "it.png")
    expected = ramp.copy()
    expected[:, 30:] = GROUND
    close(tmp_path / "it.png", expected, 0)


def test_the_transparent_colour_of_a_palette_shows_grey(tmp_path):
    picture = Image.fromarray(np.repeat(np.arange(2, dtype=np.uint8), 30)[None].repeat(HEIGHT, 0)).convert("P")
    picture.putpalette([200, 0, 0, 0, 0, 200])
    picture.save(tmp_path / "it.gif", transparency=1)
    found = read_picture(tmp_path / "it.gif")
    assert tuple(found[5, 5]) == (200, 0, 0) and tuple(found[5, 50]) == GROUND


@pytest.mark.parametrize("orientation", range(1, 9))
def test_cameras_that_were_turned(ramp, tmp_path, orientation):
    turns = {
        1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, -1), 7: lambda a: a[::-1, ::-1].swapaxes(0, 1), 8: lambda a: np.rot90(a),
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(ramp).save(tmp_path / "it.png", exif=exif)
    close(tmp_path / "it.png", turns[orientation](ramp), 0)


def test_the_first_frame_of_an_animation(ramp, tmp_path):
    first, second = Image.fromarray(ramp), Image.new("RGB", (WIDTH, HEIGHT))
    first.save(tmp_path / "it.gif", save_all=True, append_images=[second])
    close(tmp_path / "it.gif", ramp, 2)


def test_a_colour_profile_is_followed_and_a_damaged_one_is_not(ramp, tmp_path):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, profile in (("srgb.png", srgb), ("broken.png", srgb[:60])):
        Image.fromarray(ramp).save(tmp_path / name, icc_profile=profile)
        close(tmp_path / name, ramp)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    Image.fromarray(ramp).save(tmp_path / "lab.png", icc_profile=lab)  # a profile of another kind of colour
    close(tmp_path / "lab.png", ramp)


def test_what_is_no_picture_is_told_apart(ramp, tmp_path):
    (tmp_path / "text.jpg").write_text("no picture at all")
    (tmp_path / "empty.png").touch()
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (300, 300, 3), np.uint8)).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:5000])
    for name, words in (
        ("text.jpg", "no picture that can be read"),
        ("empty.png", "no picture that can be read"),
        ("cut.png", "is damaged"),
        ("gone.png", "does not exist"),
        ("", "is a folder"),
    ):
        with pytest.raises(ReenactError, match=words):
            read_picture(tmp_path / name)


@pytest.mark.parametrize("limit", [2000, 500])
def test_a_decompression_bomb_is_not_opened(ramp, tmp_path, monkeypatch, limit):
    Image.fromarray(ramp).save(tmp_path / "it.png")  # 2400 pixels
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with warnings.catch_warnings(), pytest.raises(ReenactError, match="more pixels than a portrait needs"):
        read_picture(tmp_path / "it.png")
