"""Several programmes in one transport stream: pictures and sound of the same, by its own clock."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from reenact.video.decode import numbered_frames
from reenact.video.probe import probe
from reenact.video.sound import Sound
from reenact.video.timed_read import TimedReader
from tests.support.media import ffmpeg
from tests.support.sounds import Heard, listen

PACKET = 188
TABLE, DESCRIPTION = 0, 17  # packets that say which programmes there are


def source(size: str, pitch: int) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration=1", "-f", "lavfi", "-i", f"sine=frequency={pitch}:duration=1"]


def programme(path: Path, inputs: list[str], *options: str) -> Path:
    ffmpeg(*inputs, "-c:v", "mpeg2video", "-c:a", "ac3", *options, path)
    return path


def packets(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[at : at + PACKET] for at in range(0, len(data), PACKET)]


def number(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


@pytest.fixture(params=[0, 3000], ids=["one clock", "two clocks"])
def broadcast(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A small picture with 440 hertz, and a large one with 880, whose clock may be fifty minutes ahead."""
    small, large = source("160x120", 440), source("320x240", 880)
    first = programme(tmp_path / "first.ts", small)
    moved = ["-mpegts_start_pid", "0x102", "-mpegts_pmt_start_pid", "0x1001", "-mpegts_service_id", "2"]
    second = programme(tmp_path / "second.ts", large, *moved, "-output_ts_offset", str(request.param))
    of_each = [part for k in range(4) for part in ("-map", str(k))] + ["-program", "st=0:st=1", "-program", "st=2:st=3"]
    both = programme(tmp_path / "both.ts", [*small, *large], *of_each)
    table = next(packet for packet in packets(both) if number(packet) == TABLE)
    mine, other = ([packet for packet in packets(path) if number(packet) not in (TABLE, DESCRIPTION)] for path in (first, second))
    mixed = [part[k] for k in range(max(len(mine), len(other))) for part in (mine, other) if k < len(part)]
    both.write_bytes(table + b"".join(mixed))
    return both


def hear(path: Path) -> Heard:
    with Sound(path) as sound:
        return listen(sound.until(Fraction(9)))


def test_pictures_and_sound_are_of_one_programme(broadcast: Path) -> None:
    heard = hear(broadcast)
    assert heard.pitch(0.2, 0.8) == pytest.approx(880, abs=5)
    assert heard.onset == pytest.approx(0, abs=0.1)
    told = []
    shown = [(n, picture.shape) for n, picture in numbered_frames(broadcast, tell=told.append)]
    assert [n for n, _ in shown] == list(range(len(shown))) and len(shown) in (25, 26) and not told
    assert {shape for _, shape in shown} == {(240, 320)}
    with TimedReader(broadcast) as reader:
        times = [float(frame.pts * reader.time_base) for frame in reader]
    assert len(times) == 25 and times[0] < 0.1 and not reader.breaks
    assert probe(broadcast).duration == pytest.approx(1, abs=0.1)
