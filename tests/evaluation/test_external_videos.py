"""Videos of somebody else's method that do not fit: refused, with what is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import numpy as np
import pytest

from tests.support.made_results import COUNTS, only_problem, pictures, problems, write_video
from tests.support.media import ffprobe


@pytest.fixture
def video(folder) -> Callable[..., str]:
    """Replace pair 0 by a video of the arguments given, and say what is wrong with it."""

    def write(name: str, images: np.ndarray, *options: str, **more) -> str:
        shutil.rmtree(folder / "0000", ignore_errors=True)
        write_video(folder / name, images, *options, **more)
        return only_problem(folder)

    return write


def test_a_video_of_another_rate_is_refused(video):
    assert video("0000.mp4", pictures(0), rate=30) == (
        "0000.mp4 is not of 25 frames/s (its mean rate is 30): frame 1 is shown 0.033 s after the first, not 0.040 s; "
        "write 25 frames/s, each once"
    )


def test_a_video_with_frames_that_were_dropped_or_shown_twice_is_refused(video):
    assert "0000.mp4 has 3 frames, not 4" in video("0000.mp4", pictures(0, 3))
    assert "0000.mp4 has 5 frames, not 4" in video("0000.mp4", pictures(0, 5))


@pytest.mark.parametrize("times", ["if(gte(N,2),N+1,N)", "if(eq(N,2),N-0.5,N)"])
def test_a_video_whose_frames_come_at_odd_times_is_refused(video, times):
    said = video(
        "0000.mp4", pictures(0), "-vf", f"settb=1/1000,setpts='({times})*40'", "-fps_mode", "passthrough", "-enc_time_base", "1:1000"
    )
    assert "is not of 25 frames/s" in said and "frame 2 is shown 0." in said


def test_three_panels_are_refused_with_a_hint(video):
    panels = np.concatenate([pictures(0)] * 3, axis=2)
    assert video("0000.mp4", panels) == (
        "0000.mp4 is 96×32, not 32×32; three pictures stand side by side, as in LivePortrait's _concat.mp4: "
        "give the one without _concat in its name"
    )


def test_what_liveportrait_writes_for_a_look_must_go(folder):
    for number in COUNTS:
        write_video(folder / f"{number:04d}--{number:04d}_concat.mp4", np.concatenate([pictures(number)] * 3, axis=2))
    assert only_problem(folder) == (
        "0000--0000_concat.mp4, 0001--0001_concat.mp4, 0002--0002_concat.mp4: three pictures side by side, which LivePortrait writes "
        "for a look; remove them (rm *_concat.*)"
    )


@pytest.mark.parametrize("harm", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"no video" * 50])
def test_a_video_that_cannot_be_read_is_refused(folder, harm):
    shutil.rmtree(folder / "0000")
    path = write_video(folder / "0000.mp4", pictures(0))
    path.write_bytes(harm(path.read_bytes()))
    assert "0000.mp4 cannot be read as a video" in only_problem(folder)


def test_a_video_with_damage_inside_is_refused(folder):
    shutil.rmtree(folder / "0000")
    path = write_video(folder / "0000.mp4", pictures(0), "-x264-params", "keyint=1")
    data = bytearray(path.read_bytes())
    packet = ffprobe(path, "-show_packets")["packets"][2]
    begin = int(packet["pos"])
    data[begin : begin + int(packet["size"])] = b"\xff" * int(packet["size"])
    path.write_bytes(data)
    found = problems(folder)
    assert "0000.mp4 is damaged: some of its packets cannot be decoded; write it again" in found
