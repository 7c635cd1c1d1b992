"""Files whose own time starts again or leaps: pictures and sound go on together after it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from reenact.video.decode import numbered_frames
from reenact.video.probe import probe
from reenact.video.time_breaks import Break, in_words
from reenact.video.timed_read import TimedReader, count_frames
from reenact.video.timeline import Timeline
from tests.support.joined import STEP, recording, with_pause, write_joined
from tests.support.media import ffmpeg


def shown(path: Path, **part: int) -> tuple[list[int], list[int], list[str]]:
    """Numbers of the frames, the source frame that each shows, and the breaks that are told."""
    told = []
    found = [(n, round(float(picture.rgb().mean()) / STEP)) for n, picture in numbered_frames(path, tell=told.append, **part)]
    return [n for n, _ in found], [level for _, level in found], [each.words for each in told]


def stamps(path: Path) -> dict[str, np.ndarray]:
    """When the packets of pictures and sound begin on the continuous line, seconds."""
    with av.open(path) as container:
        packets = [packet for packet in Timeline(container).packets(*container.streams) if packet.pts is not None]
        return {kind: np.array([float(p.pts * p.time_base) for p in packets if p.stream.type == kind]) for kind in ("video", "audio")}


# In the second, capture begins an hour later by the clock; in the last it began at some other hour.
JOINS = {
    "begins anew": ([], []),
    "begins anew, three times": ([], [], []),
    "leaps ahead": ([], ["-output_ts_offset", "3600"]),
    "leaps back": (["-output_ts_offset", "3600"], []),
    "leaps ahead and back": ([], ["-output_ts_offset", "3600"], ["-output_ts_offset", "7"]),
}

TOLD = {
    "begins anew": ["its time begins anew"],
    "begins anew, three times": ["its time begins anew"] * 2,
    "leaps ahead": ["its time leaps ahead by 3599 s"],
    "leaps back": ["its time begins anew"],
    "leaps ahead and back": ["its time leaps ahead by 3599 s", "its time begins anew"],
}


@pytest.mark.parametrize("kind", ["mpegts", "mpegts without sound", "mpeg"])
@pytest.mark.parametrize("join", JOINS)
def test_what_was_joined_goes_on(tmp_path: Path, join: str, kind: str) -> None:
    offsets = JOINS[join]
    coder = ["-c:v", "mpeg2video", "-q:v", "1", "-pix_fmt", "yuv420p", "-c:a", "mp2"] if kind == "mpeg" else []
    if kind == "mpeg" and "leaps ahead" in join:
        coder += ["-muxpreload", "0"]
    sound = None if "without" in kind else "sine=frequency=440"
    parts = [recording(20 * k, 20, *coder, *offset, kind=kind.split()[0], sound=sound) for k, offset in enumerate(offsets)]
    path = write_joined(tmp_path / "joined.ts", parts)
    count = 20 * len(offsets)
    numbers, levels, told = shown(path)
    assert numbers == list(range(len(numbers))) and abs(len(numbers) - count) <= len(offsets)
    assert set(levels) >= set(range(count)) - {20 * k - 1 for k in range(1, len(offsets) + 1)} and (np.diff(levels) >= 0).all()
    assert len(told) == len(offsets) - 1 and all(way in words for way, words in zip(TOLD[join], told, strict=True))
    if "back" not in join:  # FFmpeg takes a clock that is set far back for one that has wrapped around
        assert all(("leaps ahead by 3" if "ahead" in join else "begins anew") in words for words in told)
    with TimedReader(path) as reader:
        times = [float(frame.pts * reader.time_base) for frame in reader]
    assert len(times) == count and np.ptp(np.diff(times)) < 0.1 and np.diff(times).min() > 0.02
    assert probe(path).duration == pytest.approx(count / 25, abs=0.12)
    assert count_frames(path) == count


def test_a_part_may_begin_in_the_second_recording(tmp_path: Path) -> None:
    path = write_joined(tmp_path / "joined.ts", [recording(0, 25), recording(25, 25)])
    numbers, levels, _ = shown(path)
    assert shown(path, start=35, stop=45)[:2] == (numbers[35:45], levels[35:45])
    with TimedReader(path, 1.4, 0.4) as reader:
        # The frame that is on the screen at 1.4 s began before it.
        assert [round(float(frame.picture.rgb().mean()) / STEP) for frame in reader][1:] == levels[35:45]
        assert reader.breaks == []


def test_a_matroska_file_behind_another_goes_on(tmp_path: Path) -> None:
    path = write_joined(tmp_path / "joined.mkv", [recording(0, 25, kind="matroska"), recording(25, 25, kind="matroska")])
    with TimedReader(path) as reader:
        found = [round(float(frame.picture.rgb().mean()) / STEP) for frame in reader]
    assert found == list(range(50))
    with TimedReader(path, 1.4) as reader:
        assert next(iter(reader)).picture.rgb().mean() / STEP == pytest.approx(33.5, abs=0.8)


@pytest.mark.parametrize("join", JOINS)
def test_sound_stays_with_its_pictures(tmp_path: Path, join: str) -> None:
    parts = [recording(20 * k, 20, *offset) for k, offset in enumerate(JOINS[join])]
    whole = stamps(write_joined(tmp_path / "joined.ts", parts))
    first = stamps(write_joined(tmp_path / "first.ts", parts[:1]))
    for kind in ("video", "audio"):
        assert np.diff(whole[kind]).min() > -0.03 and np.diff(whole[kind]).max() < 0.1
    # Each recording's sound begins as long before or after its pictures as it did alone.
    for k in range(len(parts)):
        pictures, sounds = whole["video"][20 * k], whole["audio"][k * len(first["audio"])]
        assert sounds - pictures == pytest.approx(first["audio"][0] - first["video"][0], abs=0.001)


def test_a_gap_in_one_stream_while_another_goes_on_is_no_leap(tmp_path: Path) -> None:
    sound = ["-f", "lavfi", "-i", "sine=duration=17", "-c:a", "aac"]
    path = with_pause(tmp_path / "stalled.ts", 15, more=sound)
    found = stamps(path)
    assert found["video"][25] - found["video"][24] == pytest.approx(15.04, abs=0.001)
    numbers, levels, told = shown(path)
    assert sorted(set(levels)) == list(range(50)) and np.diff(numbers).max() == 376 and len(levels) <= 51
    assert len(told) == 1 and "no picture from 1.0" in told[0]


def test_the_clock_of_a_transport_stream_wraps_around(tmp_path: Path) -> None:
    around = 2**33 / 90000
    path = write_joined(tmp_path / "wraps.ts", [recording(0, 50, "-output_ts_offset", f"{around - 2.4}")])
    numbers, levels, told = shown(path)
    assert numbers == list(range(len(levels))) and sorted(set(levels)) == list(range(50)) and len(levels) <= 51 and told == []
    assert probe(path).duration == pytest.approx(2, abs=0.05)
    apart = stamps(path)
    assert apart["audio"][0] - apart["video"][0] == pytest.approx(0, abs=0.1) and np.diff(apart["video"]).max() < 0.05


def test_the_times_of_an_ordinary_file_are_its_own(tmp_path: Path) -> None:
    path = write_joined(tmp_path / "one.ts", [recording(0, 25)])
    with av.open(path) as container:
        plain = [(p.stream.index, p.pts, p.dts) for p in container.demux() if p.dts is not None]
    with av.open(path) as container:
        timeline = Timeline(container)
        assert [(p.stream.index, p.pts, p.dts) for p in timeline.packets(*container.streams) if p.dts is not None] == plain
        assert timeline.jumps == []


@pytest.mark.parametrize("priming", ["-c:a libopus", "-c:a aac"])
def test_an_encoders_run_up_before_time_0_does_not_count(tmp_path: Path, priming: str) -> None:
    pictures = ffmpeg(
        "-f", "lavfi", "-i", "testsrc=duration=1:rate=25", "-f", "lavfi", "-i", "sine=duration=1", *priming.split(), "-f", "matroska", "-"
    )
    (tmp_path / "clip.mkv").write_bytes(pictures)
    with TimedReader(tmp_path / "clip.mkv") as reader:
        assert next(iter(reader)).pts == 0


@pytest.mark.parametrize(
    ("offset", "told"),
    [(0.5, "its time begins anew"), (9.5, None), (12, "its time leaps ahead by 11 s")],
)
def test_how_far_time_must_step_to_have_jumped(tmp_path: Path, offset: float, told: str | None) -> None:
    """The first recording ends at 0.8 s: 0.3 s back is no rounding, 8.7 s ahead may be a still picture, and 11.2 s cannot."""
    path = write_joined(
        tmp_path / "joined.ts", [recording(0, 20, sound=None), recording(20, 20, "-output_ts_offset", f"{offset}", sound=None)]
    )
    numbers, levels, words = shown(path)
    assert [each.split(" s ", 1)[1] for each in words] == ([] if told is None else [told])
    assert len(numbers) == pytest.approx(40 if told else offset * 25 + 20, abs=1) and set(levels) == set(range(40))


def test_of_very_many_breaks_the_first_twenty_are_told() -> None:
    breaks = [Break(number, f"break {number}") for number in range(22)]
    assert in_words(breaks[:20]) == [f"break {number}" for number in range(20)]
    assert in_words(breaks[:21]) == [*(f"break {number}" for number in range(20)), "and 1 more"]
    assert in_words(breaks)[-2:] == ["break 19", "and 2 more"] and in_words([]) == []
