"""A single packet with a wrong time stamp costs no more than itself."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from reenact.video.timed_read import TimedReader
from reenact.video.timeline import Timeline
from tests.support.media import ffmpeg

SOUND, PICTURE = 8, 9  # kinds of an FLV file's tags
SECONDS = 3


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("strays") / "whole.flv"
    inputs = ["-f", "lavfi", "-i", f"testsrc=size=64x48:rate=25:duration={SECONDS}", "-f", "lavfi", "-i", f"sine=duration={SECONDS}"]
    ffmpeg(*inputs, "-c:v", "libx264", "-bf", "0", "-c:a", "aac", path)
    return path


def strayed(whole: Path, path: Path, kind: int, milliseconds: int, count: int = 1) -> Path:
    """The file with another time stamp in the first tags of a kind after 1.5 s, written into them by hand."""
    data, at = bytearray(whole.read_bytes()), 13
    while at < len(data):
        size = int.from_bytes(data[at + 1 : at + 4])
        time = int.from_bytes(data[at + 4 : at + 7]) | data[at + 7] << 24
        if data[at] == kind and time >= 1500 and size > 10 and count:
            data[at + 4 : at + 7] = (milliseconds & 0xFFFFFF).to_bytes(3)
            count -= 1
        at += 11 + size + 4
    path.write_bytes(data)
    return path


def times(path: Path, kind: str) -> np.ndarray:
    with av.open(str(path)) as container:
        (stream,) = [each for each in container.streams if each.type == kind]
        return np.array([float(p.pts * p.time_base) for p in Timeline(container).packets(stream) if p.pts is not None])


@pytest.mark.parametrize("milliseconds", [0, 700, 2700, 8000, 60000])
@pytest.mark.parametrize("kind", [SOUND, PICTURE])
def test_what_comes_after_a_stray_keeps_its_time(whole, tmp_path, kind, milliseconds):
    odd = strayed(whole, tmp_path / "odd.flv", kind, milliseconds)
    for stream in ("audio", "video"):
        np.testing.assert_allclose(times(odd, stream), times(whole, stream), atol=0.05)
    with TimedReader(odd) as reader:
        assert len(list(reader)) == SECONDS * 25
        assert reader.breaks == []


def test_times_that_stay_away_have_jumped(tmp_path):
    """Two recordings one after the other: nothing comes back to the first one's time."""
    joined = tmp_path / "joined.ts"
    inputs = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=2", "-f", "lavfi", "-i", "sine=duration=2"]
    ffmpeg(*inputs, "-c:v", "libx264", "-bf", "0", "-c:a", "aac", tmp_path / "one.ts")
    joined.write_bytes((tmp_path / "one.ts").read_bytes() * 2)
    pictures = times(joined, "video")
    assert len(pictures) == 100
    assert pictures[-1] - pictures[0] == pytest.approx(3.96, abs=0.1)
    assert (np.diff(pictures) > 0).all()


@pytest.mark.parametrize(("lasts", "put_back"), [(600, True), (1200, False)])
def test_a_run_of_strays_is_put_back_if_it_lasts_less_than_a_second(whole, tmp_path, lasts, put_back):
    """Pictures from 1.5 s on that are five seconds late by their stamps, and after them others that are not."""
    data, at = bytearray(whole.read_bytes()), 13
    while at < len(data):
        size = int.from_bytes(data[at + 1 : at + 4])
        time = int.from_bytes(data[at + 4 : at + 7])
        if data[at] == PICTURE and 1500 <= time < 1500 + lasts and size > 10:
            data[at + 4 : at + 7] = (time + 5000).to_bytes(3)
        at += 11 + size + 4
    (tmp_path / "odd.flv").write_bytes(data)
    found, usual = times(tmp_path / "odd.flv", "video"), times(whole, "video")
    late = (usual >= 1.5 - 1e-6) & (usual < 1.5 + lasts / 1000 - 1e-6)
    np.testing.assert_allclose(found[late] - usual[late], 0 if put_back else 5, atol=0.05)
    assert found[~late][-1] == pytest.approx(usual[-1] + (0 if put_back else 5), abs=0.2)
