"""Of several picture streams the one that players show is read; encrypted ones are recognised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reenact.errors import ReenactError
from reenact.video.decode import frames
from reenact.video.probe import UnreadableVideo, probe
from reenact.video.timed_read import TimedReader
from tests.support.inputs.strange import CENC
from tests.support.media import ffmpeg

SMALL, LARGE, TALL = (64, 48), (128, 96), (96, 192)


def colour(name: str, size: tuple[int, int]) -> list[str]:
    return ["-f", "lavfi", "-i", f"color={name}:size={size[0]}x{size[1]}:rate=25:duration=0.4"]


@pytest.mark.parametrize(
    ("sizes", "default", "shown"),
    [
        ((SMALL, LARGE), None, 1),
        ((LARGE, SMALL), None, 0),
        ((SMALL, SMALL), None, 0),
        ((LARGE, TALL), None, 1),
        ((TALL, LARGE), None, 0),
        ((LARGE, SMALL), 1, 1),
        ((SMALL, LARGE), 0, 0),
    ],
)
def test_the_default_stream_then_the_largest_then_the_first(tmp_path: Path, sizes, default: int | None, shown: int) -> None:
    path = tmp_path / "two.mkv"
    flags = [part for k in range(2) for part in (f"-disposition:v:{k}", "default" if k == default else "0")]
    inputs = [*colour("white", sizes[0]), *colour("black", sizes[1])]
    ffmpeg(*inputs, "-map", "0", "-map", "1", "-c:v", "libx264", *flags, "-default_mode", "passthrough", path)
    info, picture = probe(path), next(frames(path))
    with TimedReader(path) as reader:
        timed = next(iter(reader)).picture
    assert (info.width, info.height) == sizes[shown]
    for found in (picture, timed):
        assert found.shape == sizes[shown][::-1]
        assert (found.luma().mean() > 128) == (shown == 0)


def test_a_stream_without_a_decoder_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    ffmpeg(*colour("white", LARGE), *colour("black", SMALL), "-map", "0", "-map", "1", "-c:v:0", "mpeg4", "-c:v:1", "libx264", path)
    data = path.read_bytes()
    assert data.count(b"V_MPEG4/ISO/ASP") == 1
    path.write_bytes(data.replace(b"V_MPEG4/ISO/ASP", b"V_UNHEARD/OF/AS"))
    assert next(frames(path)).shape == SMALL[::-1]
    assert (probe(path).width, probe(path).height) == SMALL


def plain(path: Path, *options: str) -> Path:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=128x96:rate=25:duration=1", "-c:v", "libx264", *options, path)
    return path


def common_encryption(path: Path) -> Path:
    return plain(path, *CENC.split())


def content_encryption(path: Path) -> Path:
    """A Matroska track whose name is overwritten by a ContentEncodings element of the same length, which says encrypted by AES."""
    plain(path, "-metadata:s:v", f"title={'x' * 60}", "-write_crc32", "0", "-f", "matroska")
    key = b"\x47\xe1\x81\x05" + b"\x47\xe2\x90" + bytes(range(16))
    encryption = b"\x50\x35" + bytes([0x80 | len(key)]) + key
    encoding = b"\x50\x33\x81\x01" + encryption
    encodings = b"\x6d\x80" + bytes([0x80 | (len(encoding) + 3)]) + b"\x62\x40" + bytes([0x80 | len(encoding)]) + encoding
    data, name = path.read_bytes(), b"\x53\x6e\xbc" + b"x" * 60
    assert data.count(name) == 1
    path.write_bytes(
        data.replace(name, encodings + bytes([0xEC, 0x80 | (len(name) - len(encodings) - 2)]) + bytes(len(name) - len(encodings) - 2))
    )
    return path


def scrambled(path: Path) -> Path:
    """A transport stream the payload of whose picture packets is scrambled, and marked as such."""
    data = np.frombuffer(plain(path, "-f", "mpegts").read_bytes(), np.uint8).reshape(-1, 188).copy()
    for packet in data:
        if (packet[1] & 0x1F, packet[2]) != (1, 0):  # the pictures' number is 0x100
            continue
        payload = 4 + (1 + int(packet[4]) if packet[3] & 0x20 else 0)
        packet[payload:] ^= 0x5A
        packet[3] |= 0x80
    path.write_bytes(data.tobytes())
    return path


@pytest.mark.parametrize(
    ("make", "ending"), [(common_encryption, "mp4"), (common_encryption, "mov"), (content_encryption, "mkv"), (scrambled, "ts")]
)
def test_encrypted_pictures_are_told_from_damaged_ones(tmp_path: Path, make, ending: str) -> None:
    path = make(tmp_path / f"clip.{ending}")
    for read in (probe, lambda path: list(frames(path)), TimedReader):
        with pytest.raises(UnreadableVideo, match=r"clip\.\w+.*encrypted") as raised:
            read(path)
        assert raised.value.reason == "encrypted"


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_plain_pictures_are_not_encrypted(tmp_path: Path, ending: str) -> None:
    assert len(list(frames(plain(tmp_path / f"clip.{ending}")))) == 25


def test_encrypted_sound_alone_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=128x96:rate=25:duration=1", "-f", "lavfi", "-i", "sine=duration=1", *CENC.split(), path)
    path.write_bytes(path.read_bytes().replace(b"encv", b"avc1"))  # the pictures' own entry
    assert probe(path).codec == "h264"


def test_a_cover_is_not_the_video(tmp_path: Path) -> None:
    path, cover = tmp_path / "covered.mkv", tmp_path / "cover.png"
    ffmpeg("-f", "lavfi", "-i", f"color=black:size={LARGE[0]}x{LARGE[1]}", "-frames:v", "1", cover)
    attached = ["-attach", cover, "-metadata:s:t", "mimetype=image/png", "-disposition:v", "0", "-default_mode", "passthrough"]
    ffmpeg(*colour("white", SMALL), "-c:v", "libx264", *attached, path)
    assert (probe(path).width, probe(path).height) == SMALL and next(frames(path)).luma().mean() > 128


def test_most_packets_must_be_scrambled_and_need_not_begin_with_the_file(tmp_path: Path) -> None:
    path = scrambled(tmp_path / "clip.ts")
    data = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, 188).copy()
    path.write_bytes(b"\0" * 11 + data.tobytes())
    with pytest.raises(UnreadableVideo, match="encrypted"):
        probe(path)
    mine = np.flatnonzero(data[:, 3] & 0x80)
    clear = np.frombuffer(plain(tmp_path / "plain.ts", "-f", "mpegts").read_bytes(), np.uint8).reshape(-1, 188).copy()
    clear[mine[-len(mine) // 3 :], 3] |= 0x80
    path.write_bytes(clear.tobytes())
    assert probe(path).codec == "h264"


@pytest.mark.parametrize("brand", [b"avif", b"heic", b"mif1"])
@pytest.mark.parametrize("count", [1, 5])
def test_photographs_are_no_video(tmp_path: Path, brand: bytes, count: int) -> None:
    path = tmp_path / "photograph.avif"
    pictures = [Image.new("RGB", LARGE, (40 * k, 90, 90)) for k in range(count)]
    pictures[0].save(path, save_all=count > 1, append_images=pictures[1:])
    data = bytearray(path.read_bytes())
    data[8:12] = brand
    path.write_bytes(data)
    with pytest.raises(UnreadableVideo) as raised:
        probe(path)
    assert raised.value.reason == "no video stream"
    with pytest.raises(ReenactError, match=r"photograph\.avif holds no moving pictures .* save a photograph as JPEG"):
        TimedReader(path)
