"""Recordings that begin between two whole pictures: what builds on missing pictures is not shown."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import av
import pytest

from reenact.video.decode import numbered_frames
from reenact.video.first_whole_picture import MOST_HELD, from_first_whole
from reenact.video.probe import UnreadableVideo
from reenact.video.timed_read import TimedReader
from tests.support.media import ffmpeg

LEFT_OUT = 5


def begun_late(folder: Path, codec: str, ending: str) -> Path:
    """A white video whose every tenth picture is whole, without its first `LEFT_OUT` packets."""
    whole, path = folder / f"whole.{ending}", folder / f"clip.{ending}"
    white = ["-f", "lavfi", "-i", "color=white:size=128x96:rate=25:duration=1.2"]
    ffmpeg(*white, "-c:v", codec, "-g", "10", "-pix_fmt", "yuv420p", *(["-bf", "0"] if codec == "libx264" else []), whole)
    with av.open(str(whole)) as given, av.open(str(path), "w") as output:
        stream = output.add_stream_from_template(given.streams.video[0])
        for number, packet in enumerate(given.demux(video=0)):
            if packet.dts is not None and number >= LEFT_OUT:
                packet.stream = stream
                output.mux(packet)
    return path


@pytest.mark.parametrize(
    ("codec", "ending"),
    [
        ("mpeg4", "mkv"), ("flv", "flv"), ("wmv2", "asf"), ("mpeg2video", "ts"), ("libx264", "ts"),
        ("libvpx", "webm"), ("libvpx-vp9", "webm"),
    ],
)  # fmt: skip
def test_pictures_before_the_first_whole_one_are_left_out_and_told(tmp_path: Path, codec: str, ending: str) -> None:
    path = begun_late(tmp_path, codec, ending)
    with TimedReader(path) as reader:
        assert {round(float(frame.picture.luma().mean()), -1) for frame in reader} == {260}
        assert reader.damaged == LEFT_OUT
    shown = []
    with pytest.raises(UnreadableVideo, match=r"damaged|truncated"):
        shown.extend(picture for _, picture in numbered_frames(path))
    assert len(shown) == 25 and min(picture.luma().mean() for picture in shown) > 250


def test_a_file_that_says_of_no_picture_that_it_is_whole_is_read_from_its_beginning() -> None:
    def never(count: int) -> None:
        raise AssertionError(count)

    parts = [SimpleNamespace(is_keyframe=False, size=1) for _ in range(MOST_HELD + 5)]
    for given in (parts, parts[:7]):
        assert list(from_first_whole(iter(given), never)) == given
