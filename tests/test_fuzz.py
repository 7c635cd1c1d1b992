"""Files with random changes are read, or refused by a ReenactError that names them; nothing else, no wait, and bounded memory."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

from reenact.images import read_picture
from reenact.inspect.inspection import is_still
from reenact.video.decode import numbered_frames
from reenact.video.probe import probe
from reenact.video.timed_read import TimedReader
from tests.support.fuzzing import changed, fuzz
from tests.support.media import ffmpeg

MEBIBYTE = 2**20


def picture(kind: str, **about: object) -> bytes:
    """A small picture with EXIF of many types that turns it, and a colour profile."""
    exif = Image.Exif()
    exif[0x0112], exif[0x011A], exif[0x010F] = 6, 72.0, "maker"
    exif.get_ifd(0x8769).update({0x829A: 0.01, 0x9003: "2020:01:01 00:00:00", 0x9286: b"ASCII\0\0\0comment"})
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 6.0)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 255, (24, 32, 3), np.uint8)
    Image.fromarray(pixels).save(file, kind, exif=exif, icc_profile=profile, **about)
    return file.getvalue()


def read_both_ways(path: Path) -> None:
    Image.MAX_IMAGE_PIXELS = 100_000  # here, in a process of its own; 89 million would take seconds each
    is_still(path)
    read_picture(path)


def jpegs(whole: bytes, count: int, chance: random.Random) -> Iterator[bytes]:
    """EXIF is changed, and the length of its segment is right again."""
    mark = whole.index(b"Exif\0\0") - 2
    end = mark + int.from_bytes(whole[mark : mark + 2])
    for _ in range(count):
        exif = changed(whole[mark + 2 : end], chance, 6)
        yield whole[:mark] + struct.pack(">H", 2 + len(exif)) + exif + whole[end:]


def test_exif(tmp_path: Path) -> None:
    whole = picture("JPEG")
    path = tmp_path / "it.jpg"
    path.write_bytes(whole)
    assert read_picture(path).shape == (32, 24, 3)
    found = fuzz(read_both_ways, partial(jpegs, whole, 500), path, seed=1, memory=64 * MEBIBYTE)
    assert found == {"read": 500}  # what EXIF says is no part of the picture


def pngs(whole: bytes, count: int, chance: random.Random) -> Iterator[bytes]:
    """One chunk in each is changed, and its length and checksum are right again."""
    chunks, at = [], 8
    while at < len(whole):
        length = int.from_bytes(whole[at : at + 4])
        chunks.append((whole[at + 4 : at + 8], whole[at + 8 : at + 8 + length]))
        at += 12 + length
    for _ in range(count):
        place = chance.randrange(len(chunks))
        mine = [(kind, changed(body, chance) if index == place else body) for index, (kind, body) in enumerate(chunks)]
        yield whole[:8] + b"".join(png_chunk(kind, body) for kind, body in mine)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_png_chunks(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "plain " * 20)
    texts.add_text("Comment", "packed " * 200, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", '<x tiff:Orientation="3"/>')
    texts.add_itxt("Title", "international " * 50, zip=True)
    whole = picture("PNG", pnginfo=texts)
    found = fuzz(read_both_ways, partial(pngs, whole, 500), tmp_path / "it.png", seed=2, memory=64 * MEBIBYTE)
    assert found["read"] > 250 and found["refused"] > 25


def mp4s(whole: bytes, count: int, chance: random.Random) -> Iterator[bytes]:
    begin = whole.index(b"moov") - 4
    end = begin + int.from_bytes(whole[begin : begin + 4])
    return (changed(whole, chance, begin, end) for _ in range(count))


def probed(path: Path) -> None:
    info = probe(path)
    assert info.width * info.height <= 2**26


def played(path: Path) -> None:
    with TimedReader(path) as reader:
        for frame in reader:
            frame.picture.rgb()


def extracted(path: Path) -> None:
    for _, shown in numbered_frames(path, stop=100):
        shown.luma()


def test_mp4_boxes(tmp_path: Path) -> None:
    path = tmp_path / "it.mp4"
    sources = "-f lavfi -i testsrc=size=64x48:rate=25 -f lavfi -i sine=1000"
    ffmpeg(*f"{sources} -t 0.4 -c:v libx264 -bf 2 -c:a aac".split(), path)
    for read, seed in ((probed, 3), (played, 4), (extracted, 5)):
        found = fuzz(read, partial(mp4s, path.read_bytes(), 120), tmp_path / "changed.mp4", seed=seed, memory=256 * MEBIBYTE)
        assert found["read"] > 25 and found["refused"] > 25
