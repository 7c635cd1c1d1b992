"""MP4 files that were cut by their edit list: what it leaves out is neither shown nor heard, and moves nothing."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reenact.video.decode import numbered_frames
from reenact.video.probe import probe
from reenact.video.sound import Sound
from reenact.video.timed_read import TimedReader, count_frames
from tests.support.media import ffmpeg
from tests.support.sounds import listen
from tests.video.conftest import MakeVideo

RATE = 48_000
TICKS = (12_800, RATE)  # a second, of pictures and sound
Edit = tuple[int, float]  # milliseconds that are shown, and the second of the recording with which they begin


def with_edits(path: Path, edits: Sequence[Edit]) -> Path:
    """An MP4 file whose index stands at its end, with another edit list for both tracks (ISO 14496-12, 8.6.6)."""
    data, at = path.read_bytes(), 0
    for ticks in TICKS:
        at = data.index(b"elst", at) - 4
        old = struct.unpack_from(">I", data, at)[0]
        entries = b"".join(struct.pack(">iihh", length, round(begin * ticks), 1, 0) for length, begin in edits)
        new = b"elst" + struct.pack(">II", 0, len(edits)) + entries
        grown = bytearray(data[:at] + struct.pack(">I", len(new) + 4) + new + data[at + old :])
        for box in (b"edts", b"trak", b"moov"):
            place = data.rindex(box, 0, at) - 4
            struct.pack_into(">I", grown, place, struct.unpack_from(">I", data, place)[0] + len(new) + 4 - old)
        data, at = bytes(grown), at + 8 + len(new)
    path.write_bytes(data)
    return path


@pytest.fixture(params=["aac", "pcm_s16le"])
def recording(request: pytest.FixtureRequest, make_video: MakeVideo, tmp_path: Path) -> Path:
    """Two seconds; frame n has the brightness 4 · n, and a second of 440 hertz is followed by one of 880."""
    silent = make_video([4 * n for n in range(50)], options=["-f", "lavfi", "-i", "anullsrc", "-an"])
    tones = [part for pitch in (440, 880) for part in ("-f", "lavfi", "-i", f"sine=frequency={pitch}:duration=1:sample_rate={RATE}")]
    path = tmp_path / "edited.mov"
    joined = ["-filter_complex", "[1][2]concat=n=2:v=0:a=1[a]", "-map", "0:v", "-map", "[a]"]
    ffmpeg("-i", silent, *tones, *joined, "-c:v", "copy", "-c:a", request.param, "-video_track_timescale", str(TICKS[0]), path)
    return path


EDITS = {
    "cut out of the middle": [(400, 0.0), (400, 1.2)],
    "in another order": [(400, 1.2), (400, 0.0)],
    "the same again": [(400, 0.0), (400, 0.0)],
}


@pytest.mark.parametrize("way", EDITS)
def test_what_is_left_is_shown_and_heard_as_one(recording: Path, way: str) -> None:
    path = with_edits(recording, EDITS[way])
    expected = [round(begin * 25) + n for _, begin in EDITS[way] for n in range(10)]
    told = []
    shown = [(n, round(float(picture.rgb().mean()) / 4)) for n, picture in numbered_frames(path, tell=told.append)]
    assert shown == list(enumerate(expected)) and not told
    with TimedReader(path) as reader:
        timed = [(float(frame.pts * reader.time_base), round(float(frame.picture.rgb().mean()) / 4)) for frame in reader]
    assert [level for _, level in timed] == expected and not reader.breaks
    np.testing.assert_allclose([time for time, _ in timed], np.arange(20) / 25, atol=0.001)
    assert count_frames(path) == 20 and probe(path).duration == pytest.approx(0.8, abs=0.05)
    with Sound(path) as sound:
        heard = listen(sound.until(Fraction(4, 5)))
    for k, (_, begin) in enumerate(EDITS[way]):
        assert heard.pitch(0.4 * k + 0.06, 0.4 * k + 0.34) == pytest.approx(440 if begin < 1 else 880, abs=8)
    assert heard.end == pytest.approx(0.8, abs=0.05)
