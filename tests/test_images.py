from __future__ import annotations

import io
import os
import random
import struct
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from reenact.errors import ReenactError
from reenact.files import UnreadableFile
from reenact.images import GROUND, NoPicture, open_picture, read_picture
from reenact.inspect.inspection import is_still

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


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 1.7, -3.0])
def test_a_few_odd_values_do_not_tell_the_range_of_floats(ramp, tmp_path, odd):
    values = ramp[..., 0].astype(np.float32) / 255
    values[0, :20] = odd
    Image.fromarray(values).save(tmp_path / "it.tif")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_picture(tmp_path / "it.tif")
    assert np.abs(found[1:].astype(int) - ramp[1:]).max() <= 1
    assert set(found[0, :20].ravel()) == {255 if odd > 1 else 0}


def tiff(path: Path, samples: bytes, bits: int, photometric: int) -> Path:
    """A grey TIFF file of one strip, written by hand."""
    entries = [
        (256, WIDTH), (257, HEIGHT), (258, bits), (259, 1), (262, photometric), (273, 8), (277, 1), (278, HEIGHT), (279, len(samples)),
    ]  # fmt: skip
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    directory = struct.pack("<H", len(entries)) + table + bytes(4)
    path.write_bytes(struct.pack("<2sHI", b"II", 42, 8 + len(samples)) + samples + directory)
    return path


@pytest.mark.parametrize(("bits", "photometric"), [(8, 0), (8, 1), (12, 1), (16, 0), (16, 1)])
def test_twelve_bits_and_negatives_of_scanners(ramp, tmp_path, bits, photometric):
    levels = np.rint(ramp[..., 0] / 255 * (2**bits - 1)).astype(int)
    levels = levels if photometric else 2**bits - 1 - levels
    if bits == 12:  # two samples in three bytes
        first, second = levels.reshape(-1, 2).T
        samples = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=1).astype(np.uint8).tobytes()
    else:
        samples = levels.astype(f"<u{bits // 8}").tobytes()
    close(tiff(tmp_path / "it.tif", samples, bits, photometric), ramp, 0.5)


def test_no_program_is_started_for_a_picture(tmp_path, monkeypatch):
    script = tmp_path / "gs"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "it.jpg").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 60 40\n%%EndComments\nshowpage\n")
    with pytest.raises(NoPicture):
        read_picture(tmp_path / "it.jpg")
    assert not (tmp_path / "started").exists()


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
        ("gone.png", "is missing"),
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


def test_exif_that_pillow_cannot_write_again_turns_all_the_same(ramp, tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x011A] = 6, 72.0
    Image.fromarray(ramp).save(tmp_path / "it.png", exif=exif)
    odd = bytearray((tmp_path / "it.png").read_bytes())
    begin = odd.index(b"eXIf") + 4
    tags = bytes(odd[begin:])
    entry = tags.index(b"\x01\x1a\x00\x05" if tags[:2] == b"MM" else b"\x1a\x01\x05\x00")
    order = "big" if tags[:2] == b"MM" else "little"
    value = begin + int.from_bytes(tags[entry + 8 : entry + 12], order)
    odd[entry + begin + 2 : entry + begin + 4] = (10).to_bytes(2, order)  # a signed ratio
    odd[value : value + 8] = (-1).to_bytes(4, order, signed=True) + bytes(4)
    length = int.from_bytes(odd[begin - 8 : begin - 4])
    odd[begin + length : begin + length + 4] = zlib.crc32(odd[begin - 4 : begin + length]).to_bytes(4)
    (tmp_path / "it.png").write_bytes(odd)
    with Image.open(tmp_path / "it.png") as opened, pytest.raises((TypeError, ValueError, ZeroDivisionError, struct.error)):
        opened.getexif().tobytes()  # it is as odd as it should be
    close(tmp_path / "it.png", np.rot90(ramp, -1), 0)


MEBIBYTE = 2**20


def png_with(picture: np.ndarray, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with more chunks before its pixels."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    more = b"".join(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)
    return file.getvalue()[:33] + more + file.getvalue()[33:]


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"tEXt", b"Comment\0" + b"t" * 3 * MEBIBYTE)],
        [(b"tEXt", b"Comment\0" + b"t" * 20 * MEBIBYTE)],
        [(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(3 * MEBIBYTE)))],
        [(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(70 * MEBIBYTE)))],
        [(b"iTXt", b"Comment\0\1\0en\0k\0" + zlib.compress(bytes(70 * MEBIBYTE)))],
        [(b"iTXt", b"Comment\0\0\0en\0k\0" + b"t" * 20 * MEBIBYTE)],
        [(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(15 * MEBIBYTE)))] * 5,
        [(b"iCCP", b"profile\0\0" + zlib.compress(bytes(70 * MEBIBYTE)))],
    ],
    ids=["3 MB", "20 MB", "3 MB packed", "70 MB packed", "70 MB packed, international", "20 MB, international", "many", "a profile"],
)
def test_texts_of_any_length_are_passed_over(ramp, tmp_path, chunks):
    (tmp_path / "it.png").write_bytes(png_with(ramp, *chunks))
    close(tmp_path / "it.png", ramp, 0)
    assert is_still(tmp_path / "it.png")


def test_a_profile_of_megabytes_is_followed(ramp, tmp_path):
    large = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + random.Random(1).randbytes(2 * MEBIBYTE)
    large = len(large).to_bytes(4) + large[4:]
    (tmp_path / "it.png").write_bytes(png_with(ramp, (b"iCCP", b"profile\0\0" + zlib.compress(large))))
    with open_picture(tmp_path / "it.png") as image:
        assert image.info["icc_profile"] == large
    close(tmp_path / "it.png", ramp)


def test_orientation_in_a_text_beside_a_long_one_counts(ramp, tmp_path):
    xmp = b'XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta xmlns:tiff="" tiff:Orientation="3"/>'
    (tmp_path / "it.png").write_bytes(png_with(ramp, (b"tEXt", b"Comment\0" + b"t" * 20 * MEBIBYTE), (b"iTXt", xmp)))
    close(tmp_path / "it.png", ramp[::-1, ::-1], 0)


def test_what_the_disk_does_not_give_is_no_damage(tmp_path):
    """A process's own memory cannot be read from its beginning on: the system says input/output error."""
    (tmp_path / "it.jpg").symlink_to("/proc/self/mem")
    with pytest.raises(UnreadableFile, match=r"it\.jpg cannot be read \(input/output error\): see to its disk"):
        read_picture(tmp_path / "it.jpg")


def test_nothing_waits_for_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "it.jpg")
    with pytest.raises(ReenactError, match=r"it\.jpg is a named pipe; name a picture file"):
        read_picture(tmp_path / "it.jpg")
