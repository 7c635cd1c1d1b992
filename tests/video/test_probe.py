from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from reenact.errors import ReenactError
from reenact.video.decode import frames
from reenact.video.orientation import UPRIGHT, Orientation
from reenact.video.probe import UnreadableVideo, probe, square_size
from tests.support.media import ffmpeg, turn_clockwise, write_turned

from .conftest import MakeVideo


def reason(path: Path) -> str:
    with pytest.raises(UnreadableVideo, match=path.name) as raised:
        probe(path)
    return raised.value.reason


def test_headers_are_read(make_video: MakeVideo) -> None:
    info = probe(make_video([0] * 45, rate="30"))
    assert (info.width, info.height, info.orientation, info.frames, info.codec) == (64, 48, UPRIGHT, 45, "h264")
    assert info.fps == 30.0
    assert info.duration == pytest.approx(1.5)
    assert not info.has_audio


def test_rotation_swaps_the_shown_sides_and_sound_is_seen(make_video: MakeVideo, tmp_path: Path) -> None:
    turned = tmp_path / "turned.mp4"
    sound = ["-f", "lavfi", "-i", "sine=duration=1"]
    ffmpeg("-i", make_video([0] * 25), *sound, "-c:v", "copy", "-c:a", "aac", turned)
    turn_clockwise(turned, 90)
    info = probe(turned)
    assert (info.width, info.height, info.orientation) == (48, 64, Orientation(turns=3))
    assert info.has_audio


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
@pytest.mark.parametrize(("turn", "turns"), [(0, 0), (-90, 3), (90, 1), (180, 2)])
def test_turned_pictures_are_noticed_wherever_the_file_says_so(
    make_video: MakeVideo, tmp_path: Path, ending: str, turn: int, turns: int
) -> None:
    info = probe(write_turned(make_video([0] * 25), tmp_path / f"turned.{ending}", turn))
    assert info.orientation == Orientation(turns=turns)
    assert (info.width, info.height) == ((48, 64) if turns % 2 else (64, 48))


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_the_pictures_own_word_of_their_turn_counts_alike_for_headers_and_pictures(
    make_video: MakeVideo, tmp_path: Path, ending: str
) -> None:
    turned = tmp_path / f"turned.{ending}"
    ffmpeg("-i", make_video([0] * 25), "-c", "copy", "-bsf:v", "h264_metadata=display_orientation=insert:rotate=90", turned)
    info = probe(turned)
    assert (info.height, info.width) == next(frames(turned)).shape == ((48, 64) if ending == "mp4" else (64, 48))


def test_what_is_no_video_says_why(make_video: MakeVideo, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert reason(empty) == "empty file"

    text = tmp_path / "text.mp4"
    text.write_text("this is a letter, not a film\n" * 50)
    assert reason(text) == "not a video"

    sound = tmp_path / "sound.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", sound)
    assert reason(sound) == "no video stream"

    whole = make_video([0] * 45).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    assert reason(cut) == "truncated"

    noise = tmp_path / "noise.mp4"
    noise.write_bytes(whole[:8] + bytes(range(256)) * 20)
    assert reason(noise) == "truncated"


def test_a_playlist_is_not_followed(make_video: MakeVideo, tmp_path: Path) -> None:
    make_video([0] * 5, name="other.mp4")
    playlist = tmp_path / "list.mp4"
    playlist.write_text("ffconcat version 1.0\nfile other.mp4\n")
    assert reason(playlist) == "not a video"


def test_a_missing_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ReenactError, match=r"gone\.mp4.*reenact manifest"):
        probe(tmp_path / "gone.mp4")


@pytest.mark.parametrize(
    ("size", "aspect", "square"),
    [
        ((100, 50), "1", (100, 50)), ((101, 50), "4/3", (135, 50)), ((100, 50), "8", (800, 50)), ((100, 50), "1/8", (100, 400)),
        ((100, 50), "81/10", (100, 50)), ((100, 50), "10/81", (100, 50)), ((100, 51), "3/4", (100, 68)),
        ((8192, 4096), "2", (16384, 4096)), ((8192, 4097), "2", (8192, 4097)), ((4097, 8192), "1/2", (4097, 8192)),
    ],
)  # fmt: skip
def test_pixels_become_square_by_enlarging_up_to_eight_times_and_2_to_the_26_pixels(size, aspect: str, square) -> None:
    assert square_size(*size, Fraction(aspect)) == square


def test_frames_that_the_container_does_not_count_are_unknown(make_video: MakeVideo) -> None:
    info = probe(make_video([0] * 45, rate="30", name="clip.mkv"))
    assert info.frames is None and info.duration == pytest.approx(1.5, abs=0.01) and info.fps == 30.0
