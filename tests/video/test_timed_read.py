from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.video.decode import frames, numbered_frames
from reenact.video.timed_read import TimedReader
from tests.support.media import ffmpeg, turn_clockwise

LEVELS = list(range(20, 220, 10))


def seconds(path: Path, *part: float) -> list[float]:
    with TimedReader(path, *part) as reader:
        return [float(frame.pts * reader.time_base) for frame in reader]


def levels(path: Path, *part: float) -> list[int]:
    with TimedReader(path, *part) as reader:
        return [round(float(frame.picture.rgb().mean())) for frame in reader]


@pytest.fixture(scope="module")
def scene(tmp_path_factory) -> Path:
    """Half a second of soft coloured shapes that move, at 25 frames/s, without loss; programs differ in how they sharpen colours' edges."""
    path = tmp_path_factory.mktemp("scene") / "scene.mkv"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=162x122:rate=25:duration=0.5",
        "-vf",
        "gblur=sigma=6",
        "-pix_fmt",
        "yuv444p",
        "-c:v",
        "ffv1",
        path,
    )
    return path


@pytest.mark.parametrize("name", ["clip.mkv", "clip.mp4"])
def test_the_times_of_a_variable_rate_are_kept(make_video, name):
    times = ["-vf", "settb=1/1000,setpts=N*(N+3)*10", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    path = make_video(LEVELS, name=name, options=times)
    np.testing.assert_allclose(seconds(path), [n * (n + 3) / 100 for n in range(len(LEVELS))], atol=0.002)
    assert np.abs(np.subtract(levels(path), LEVELS)).max() <= 2


def test_the_rate_of_a_browsers_recording_is_measured(make_video, tmp_path):
    uneven = ["-vf", "settb=1/1000,setpts=N*33+7*mod(N*N\\,5)", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    ffmpeg("-i", make_video(LEVELS), *uneven, "-c:v", "libvpx", "-pix_fmt", "yuv420p", tmp_path / "it.webm")
    data = bytearray((tmp_path / "it.webm").read_bytes())
    if (at := data.find(b"\x23\xe3\x83")) >= 0:  # DefaultDuration, which browsers do not write, becomes Void
        data[at : at + 4] = bytes([0xEC, 0x80 | ((data[at + 3] & 0x7F) + 2), 0, 0])
        (tmp_path / "it.webm").write_bytes(data)
    with TimedReader(tmp_path / "it.webm") as reader:
        assert float(reader.rate) == pytest.approx(1000 / 33)  # steps of 40, 54, 33, 12 and 26 ms by turns
    np.testing.assert_allclose(seconds(tmp_path / "it.webm"), [(33 * n + 7 * (n * n % 5)) / 1000 for n in range(len(LEVELS))], atol=1e-6)


# What the reader for shards, which is ffmpeg's own program, makes of the same file.
@pytest.mark.parametrize(
    "options",
    [
        ["-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv420p"],
        ["-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv420p", "-colorspace", "bt709"],
        ["-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv420p", "-color_range", "pc"],
        ["-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv420p10le"],
        ["-vf", "scale=161:121", "-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv444p"],  # odd sides
        ["-vf", "setsar=4/3", "-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv420p"],
        ["-vf", "setsar=2/3", "-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv420p"],
    ],
    ids=["bt601", "bt709", "full range", "10 bits", "odd", "wide pixels", "high pixels"],
)
def test_pictures_are_those_that_shards_are_made_from(scene, tmp_path, options):
    path = tmp_path / "clip.mp4"
    ffmpeg("-i", scene, *options, path)
    compare(path)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotated_phone_videos_are_upright(scene, tmp_path, degrees):
    turned = tmp_path / "turned.mp4"
    ffmpeg("-i", scene, "-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv420p", turned)
    turn_clockwise(turned, degrees)
    compare(turned)


def compare(path: Path) -> None:
    expected = [frame.rgb() for frame in frames(path)]
    with TimedReader(path) as reader:
        found = [frame.picture.rgb() for frame in reader]
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert np.abs(one.astype(int) - other).mean() < 2


def test_a_gif_has_its_own_times(make_video, tmp_path):
    path = tmp_path / "clip.gif"
    ffmpeg("-i", make_video(LEVELS, rate="10"), path)
    np.testing.assert_allclose(seconds(path), np.arange(len(LEVELS)) / 10, atol=1e-6)
    assert np.abs(np.subtract(levels(path), LEVELS)).max() <= 6  # GIF has 256 colours


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.avi", "clip.ts"])
def test_a_part_is_read_with_its_start_as_second_zero(make_video, name):
    path = make_video(LEVELS, name=name, options=["-g", "7"])
    assert np.abs(np.subtract(levels(path, 0.2, 0.4), LEVELS[5:15])).max() <= 3
    np.testing.assert_allclose(seconds(path, 0.2, 0.4), np.arange(10) / 25, atol=0.002)
    with TimedReader(path, 0.2, 0.4) as reader:
        assert reader.expected_frames() == pytest.approx(10, abs=1)


def test_a_part_begins_with_the_frame_that_is_on_the_screen(make_video):
    path = make_video(LEVELS, rate="10")
    np.testing.assert_allclose(seconds(path, 0.25, 0.2), [0, 0.05, 0.15], atol=0.002)
    assert np.abs(np.subtract(levels(path, 0.25, 0.2), LEVELS[2:5])).max() <= 2
    assert np.abs(np.subtract(levels(path, 0.25, 0.02), LEVELS[2])).max() <= 2  # which goes on after the part
    assert np.abs(np.subtract(levels(path, 1.95), LEVELS[-1])).max() <= 2
    with TimedReader(path, 0.25) as reader:
        assert float(next(iter(reader)).duration * reader.time_base) == pytest.approx(0.05)


def test_every_frame_tells_how_long_it_is_shown(make_video):
    with TimedReader(make_video(LEVELS, rate="10")) as reader:
        assert [float(frame.duration * reader.time_base) for frame in reader] == pytest.approx([0.1] * len(LEVELS))


def test_what_was_cut_off_is_read_as_far_as_it_goes(make_video):
    path = make_video(LEVELS * 3, options=["-movflags", "+faststart", "-g", "5"])
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    found = levels(path)
    assert 10 < len(found) < 60
    assert np.abs(np.subtract(found, (LEVELS * 3)[: len(found)])).max() <= 2


def test_files_that_are_no_video_are_told_apart(make_video, tmp_path):
    text, playlist = tmp_path / "text.mp4", tmp_path / "list.mp4"
    text.write_text("no video at all")
    playlist.write_text(f"ffconcat version 1.0\nfile {make_video(LEVELS).name}\n")
    sound = tmp_path / "sound.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=0.2", sound)
    for path, words in (
        (text, "cannot be read as a video"),
        (playlist, "cannot be read as a video"),
        (sound, "no moving pictures"),
        (tmp_path, "is a folder"),
        (tmp_path / "gone.mp4", "is missing"),
    ):
        with pytest.raises(ReenactError, match=words):
            levels(path)
    with pytest.raises(ReenactError, match="no frame that can be decoded after 99 s"):
        levels(make_video(LEVELS), 99.0)


@pytest.mark.parametrize("codec", [["libx264", "-bf", "2"], ["libx264", "-bf", "0"], ["mpeg4"]])
def test_frames_that_avi_leaves_out_are_time_all_the_same(tmp_path: Path, codec: list[str]) -> None:
    path = tmp_path / "clip.avi"
    source = ["-f", "lavfi", "-i", "testsrc2=size=128x96:rate=25:duration=2"]
    ffmpeg(*source, "-vf", "select='lt(n,10)+gt(n,29)'", "-fps_mode", "vfr", "-c:v", *codec, path)
    with TimedReader(path) as reader:
        times = [round(float(frame.pts * reader.time_base) * 25) for frame in reader]
    assert times == [*range(10), *range(30, 50)]
    assert [n for n, _ in numbered_frames(path)] == list(range(50))
