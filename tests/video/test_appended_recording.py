"""Containers of which only the first recording is read: the reader says that another follows, and loses nothing of the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from reenact.video.appended_recording import ASF_HEADER, second_recording
from reenact.video.decode import numbered_frames
from reenact.video.probe import UnreadableVideo
from reenact.video.time_breaks import Break
from reenact.video.timed_read import TimedReader
from tests.support.media import ffmpeg

H264 = ["-c:v", "libx264", "-c:a", "aac"]
CODERS = {
    "mp4": H264,
    "mov": H264,
    "mp4, index first": [*H264, "-movflags", "faststart"],
    "mp4, fragments": [*H264, "-movflags", "frag_keyframe+empty_moov+default_base_moof"],
    "flv": ["-c:v", "flv1", "-c:a", "mp3", "-ar", "44100"],
    "asf": ["-c:v", "wmv2", "-c:a", "wmav2"],
    "ogg": ["-c:v", "libtheora", "-c:a", "libvorbis"],
}


# Options with which a second recording is coded in another way.
QUALITY = {kind: ["-crf", "40", "-preset", "ultrafast"] if "libx264" in options else ["-q:v", "9"] for kind, options in CODERS.items()}


def recording(path: Path, kind: str, *, source: str = "testsrc", size: str = "64x48", more: Sequence[str] = ()) -> Path:
    """A second of pictures and sound."""
    sources = ["-f", "lavfi", "-i", f"{source}=size={size}:rate=25:duration=1", "-f", "lavfi", "-i", "sine=duration=1"]
    ffmpeg(*sources, *CODERS.get(kind, H264), *more, "-f", kind.split(",")[0], path)
    return path


def seen(path: Path) -> tuple[int, list[Break]]:
    """How many frames there are of a clip, and the breaks in it; of some that go on the reader says that they are damaged."""
    breaks, count = [], 0
    try:
        for _ in numbered_frames(path, tell=breaks.append):
            count += 1
    except UnreadableVideo as error:
        assert error.reason == "damaged"
    return count, breaks


@pytest.mark.parametrize("kind", CODERS)
@pytest.mark.parametrize("second", ["the same", "another", "another size"])
def test_a_recording_behind_another_is_told_of(tmp_path: Path, kind: str, second: str) -> None:
    single = recording(tmp_path / "single", kind)
    other = {"the same": {}, "another": {"source": "testsrc2", "more": QUALITY[kind]}, "another size": {"size": "96x64"}}[second]
    joined = tmp_path / "joined"
    joined.write_bytes(single.read_bytes() + recording(tmp_path / "other", kind, **other).read_bytes())
    count, breaks = seen(single)
    assert count >= 25 and breaks == [] and second_recording(single) is None
    assert second_recording(joined) >= single.stat().st_size
    of_joined, breaks = seen(joined)
    assert of_joined == count
    assert "another recording follows in the file, which is not read" in breaks[-1].words
    assert breaks[-1].second == pytest.approx(count / 25, abs=0.1)
    with TimedReader(joined) as reader, TimedReader(single) as alone:
        assert [frame.pts for frame in reader] == [frame.pts for frame in alone]
    assert "another recording follows" in reader.breaks[-1].words and alone.breaks == []


@pytest.mark.parametrize("kind", CODERS)
def test_a_part_that_ends_before_says_nothing_of_it(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "joined"
    path.write_bytes(recording(tmp_path / "single", kind).read_bytes() * 2)
    breaks = []
    assert len(list(numbered_frames(path, stop=20, tell=breaks.append))) == 20
    assert breaks == []
    with TimedReader(path, 0, 0.5) as reader:
        assert 11 <= len(list(reader)) <= 13
    assert reader.breaks == []


def test_matroska_recordings_go_on_where_one_decoder_reads_both(tmp_path: Path) -> None:
    first = recording(tmp_path / "first", "matroska")
    path = tmp_path / "joined"
    path.write_bytes(first.read_bytes() + recording(tmp_path / "second", "matroska", source="rgbtestsrc").read_bytes())
    assert second_recording(path) is None
    count, breaks = seen(path)
    assert abs(count - 50) <= 2 and ["its time begins anew" in each.words for each in breaks] == [True]


@pytest.mark.parametrize("live", [False, True])
def test_matroska_recordings_of_other_settings_end_the_pictures(tmp_path: Path, live: bool) -> None:
    more = ["-live", "1"] if live else []  # without sizes, as browsers record
    first = recording(tmp_path / "first", "matroska", more=more)
    path = tmp_path / "joined"
    path.write_bytes(first.read_bytes() + recording(tmp_path / "second", "matroska", more=[*more, *QUALITY["mp4"]]).read_bytes())
    assert second_recording(first) is None and second_recording(path) >= first.stat().st_size
    with TimedReader(path) as reader, TimedReader(first) as alone:
        pictures = zip(reader, alone, strict=True)
        assert all((mine.picture.rgb() == right.picture.rgb()).all() for mine, right in pictures)
    assert "another recording follows" in reader.breaks[-1].words


def test_parts_of_a_stream_each_with_its_header_are_one_recording(tmp_path: Path) -> None:
    whole = recording(tmp_path / "whole", "mp4, fragments", more=["-g", "5"]).read_bytes()
    parts = whole.split(b"moof")
    assert len(parts) > 3
    head, middle = whole.index(b"moof") - 4, len(b"moof".join(parts[:3])) - 4
    path = tmp_path / "parts"
    path.write_bytes(whole[:middle] + whole[:head] + whole[middle:])
    assert second_recording(path) is None
    assert seen(path) == seen(tmp_path / "whole")


@pytest.mark.parametrize("kind", CODERS)
@pytest.mark.parametrize("kept", [0.01, 0.4, 0.97])
def test_a_file_that_breaks_off_ends_the_look(tmp_path: Path, kind: str, kept: float) -> None:
    path = recording(tmp_path / "cut", kind)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    assert second_recording(path) is None


@pytest.mark.parametrize(
    "data", [b"", b"text", b"FLV\x01", b"OggS", bytes(40), b"FLV\x01" + bytes(30), ASF_HEADER + bytes(8), ASF_HEADER + bytes(7) + b"\x7f"]
)
def test_what_is_no_recording_holds_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert second_recording(path) is None


def test_tags_are_known_though_they_are_marked_as_filtered(tmp_path: Path) -> None:
    header, tag = b"FLV\x01\x05" + (9).to_bytes(4) + bytes(4), bytes([0x28]) + (5).to_bytes(3) + bytes(7 + 5) + (16).to_bytes(4)
    path = tmp_path / "file"
    path.write_bytes(header + tag * 3)
    assert second_recording(path) is None
    path.write_bytes((header + tag * 3) * 2)
    assert second_recording(path) == len(header + tag * 3)


def test_an_asf_file_whose_header_has_no_size_does_not_follow_itself(tmp_path: Path) -> None:
    path = recording(tmp_path / "single", "asf")
    data = path.read_bytes()
    path.write_bytes(data[:16] + bytes(8) + data[24:])  # FFmpeg reads it all the same
    count, breaks = seen(path)
    assert count >= 25 and breaks == []
