"""The command, from files to files."""

from __future__ import annotations

import shutil
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from reenact.animate.watermark import TAG
from reenact.errors import ReenactError
from reenact.reenactment.driver import follow
from reenact.reenactment.portrait import read_target
from reenact.reenactment.smoothing import steady
from reenact.reenactment.streaming import StreamingReenactment
from reenact.video.encode import VideoWriter
from reenact.video.timed_read import TimedReader
from tests.support.heads import upside_down
from tests.support.inputs.strange import CENC
from tests.support.media import MATRICES, by_matrix, ffmpeg, ffprobe, set_display_matrix, turn_clockwise
from tests.support.scenes import SIDE, scene
from tests.support.sounds import PITCH, listen, write_tone


def kinds(path: Path) -> list[str]:
    return [stream["codec_type"] for stream in ffprobe(path)["streams"]]


def times(path: Path) -> list[float]:
    with TimedReader(path) as reader:
        return [float(frame.pts * reader.time_base) for frame in reader]


def pictures(path: Path) -> np.ndarray:
    with TimedReader(path) as reader:
        return np.stack([frame.picture.rgb() for frame in reader])


def test_the_result_has_the_drivers_times_and_sound_and_says_that_it_is_generated(folder, animate, tmp_path):
    animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / "out.mp4")
    out = ffprobe(tmp_path / "out.mp4")
    video, audio = out["streams"]
    assert (video["width"], video["height"], audio["codec_name"]) == (256, 256, "aac")  # the network's 64 pixels, enlarged
    assert times(tmp_path / "out.mp4") == times(folder / "driver.mp4")
    assert float(audio["duration"]) == pytest.approx(0.96, abs=0.03)
    assert out["format"]["tags"]["comment"] == TAG


def test_a_silent_driver_gives_a_silent_result(folder, animate, tmp_path):
    animate(folder / "portrait.png", folder / "silent.mp4", tmp_path / "out.mp4")
    assert kinds(tmp_path / "out.mp4") == ["video"]


# Each is driver.mp4 in another form.
FORMS = {
    "odd.mkv": ["-vf", "scale=301:303", "-pix_fmt", "yuv444p"],
    "anim.gif": ["-vf", "fps=10"],
    "webcam.mp4": ["-vf", "settb=1/1000,setpts=N*40+13*mod(N\\,4)", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"],
    "film.mkv": ["-r", "24000/1001"],
    "ten-bits.mp4": ["-pix_fmt", "yuv420p10le"],
    "wide-pixels.mp4": ["-vf", "scale=160:320,setsar=2"],
}


@pytest.fixture(scope="module")
def driver_crop(folder, reenactor) -> np.ndarray:
    """The crop of driver.mp4's first frame that `--compare` shows, (256, 256, 3)."""
    with TimedReader(folder / "driver.mp4") as reader:
        return next(follow(reader, reader.rate, reenactor.generator.crop, 64, 256)).shown


@pytest.mark.parametrize("name", FORMS)
def test_drivers_of_every_form(folder, animate, driver_crop, tmp_path, name, caplog):
    driver = tmp_path / name
    ffmpeg("-i", folder / "driver.mp4", *FORMS[name], driver)
    animate(folder / "portrait.png", driver, tmp_path / "out.mp4", "--compare", "--duration", "0.5")
    np.testing.assert_allclose(times(tmp_path / "out.mp4"), [time for time in times(driver) if time < 0.5], atol=0.001)
    assert "no face" not in caplog.text
    assert kinds(tmp_path / "out.mp4") == (["video"] if name.endswith("gif") else ["video", "audio"])
    # Upright, with square pixels and right colours, the driver's crop is the same.
    assert np.abs(pictures(tmp_path / "out.mp4")[0, 32:, 256:512].astype(int) - driver_crop).mean() < 16


@pytest.mark.parametrize(("degrees", "turn"), [(270, "clock"), (90, "cclock")])
def test_a_rotated_phone_video(folder, animate, driver_crop, tmp_path, degrees, turn, caplog):
    turned = tmp_path / "turned.mp4"
    ffmpeg("-i", folder / "driver.mp4", "-vf", f"transpose={turn}", "-c:a", "copy", turned)
    turn_clockwise(turned, degrees)
    animate(folder / "portrait.png", turned, tmp_path / "out.mp4", "--compare", "--duration", "0.5")
    assert "no face" not in caplog.text
    assert np.abs(pictures(tmp_path / "out.mp4")[0, 32:, 256:512].astype(int) - driver_crop).mean() < 16


def test_compare_shows_target_driver_and_result_side_by_side(folder, animate, reenactor, tmp_path):
    animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / "both.mp4", "--compare")
    animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / "alone.mp4")
    both, alone = pictures(tmp_path / "both.mp4"), pictures(tmp_path / "alone.mp4")
    assert both.shape == (24, 288, 768, 3)
    target = read_target(folder / "portrait.png", None, reenactor.generator.crop, 64, 256).shown
    assert np.abs(both[3, 32:, :256].astype(int) - target).mean() < 4
    assert np.abs(both[:, 32:, 512:].astype(int) - alone).mean() < 4
    assert both[0, :32].min() < 120 and np.abs(both[0, 32:, 256:512].astype(int) - target).mean() > 10


@pytest.mark.parametrize("source", ["ldnet", "driver"])
def test_landmarks_come_from_where_is_asked(folder, animate, reenactor, tmp_path, source):
    animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / "frames", "--image-sequence", "--landmarks", source)
    target = read_target(folder / "portrait.png", None, reenactor.generator.crop, 64, 256)
    with TimedReader(folder / "driver.mp4") as reader:
        frames = follow(reader, reader.rate, reenactor.generator.crop, 64, None)
        driver = [frame.landmarks for frame in steady(frames, reader.time_base)]
    encoded = reenactor.encode(target.picture, target.landmarks)
    results = {each: StreamingReenactment(reenactor, encoded, each).next(driver)[20] for each in ("ldnet", "driver")}
    shown = np.asarray(Image.open(tmp_path / "frames" / "000020.png")).astype(int)
    off = {each: np.abs(cv2.resize(result, (256, 256), interpolation=cv2.INTER_CUBIC) - shown).max() for each, result in results.items()}
    assert off[source] <= 2 < max(off.values())


def test_pictures_in_place_of_a_video(folder, animate, tmp_path):
    animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / "frames", "--image-sequence")
    found = sorted((tmp_path / "frames").iterdir())
    assert [path.name for path in found] == [f"{k:06d}.png" for k in range(24)]
    with Image.open(found[3]) as picture:
        assert picture.size == (256, 256)
        assert picture.text == {"Comment": TAG, "Time": "0.120000"}
    with pytest.raises(ReenactError, match="not an empty folder"):
        animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / "frames", "--image-sequence")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frames"]


def test_a_part_of_the_driver(folder, animate, tmp_path):
    animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / "out.mp4", "--start", "0.2", "--duration", "0.4")
    np.testing.assert_allclose(times(tmp_path / "out.mp4"), np.arange(10) / 25, atol=0.001)
    assert float(ffprobe(tmp_path / "out.mp4")["streams"][1]["duration"]) == pytest.approx(0.4, abs=0.05)
    with pytest.raises(ReenactError, match="no frame that can be decoded after 9 s"):
        animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / "late.mp4", "--start", "9")
    with pytest.raises(ReenactError, match="over 0 seconds"):
        animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / "none.mp4", "--duration", "0")
    for option, value in (("--start", "inf"), ("--duration", "inf"), ("--duration", "nan")):
        with pytest.raises(ReenactError, match=f"{option} {value} must be a number"):
            animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / "none.mp4", option, value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4"]


def test_start_and_duration_cut_the_sound_with_the_pictures(folder, animate, tmp_path):
    sound = write_tone(tmp_path / "tone.mkv", "aac", seconds=0.96, onset=0.6)
    ffmpeg("-i", folder / "silent.mp4", "-i", sound, "-c", "copy", tmp_path / "driver.mp4")
    for start in (0, 0.4):
        animate(folder / "portrait.png", tmp_path / "driver.mp4", tmp_path / "out.mp4", "--start", str(start), "--duration", "0.4")
        heard = listen(tmp_path / "out.mp4")
        assert heard.samples.shape[1] / heard.rate == pytest.approx(0.4, abs=0.05)
        if start:
            assert heard.onset == pytest.approx(0.2, abs=0.03)
        else:
            assert heard.level(0, 0.4).max() < 0.01


# Kinds of sound: encoder, rate and container. None may keep the pictures out of the result.
@pytest.mark.parametrize(
    ("codec", "rate", "name"), [("libmp3lame", 11025, "in.avi"), ("libopus", 48000, "in.mkv"), ("flac", 384000, "in.mkv")]
)
def test_sound_of_any_kind_comes_with_the_pictures(folder, animate, tmp_path, codec, rate, name, caplog):
    sound = write_tone(tmp_path / "tone.mkv", codec, rate)
    ffmpeg("-i", folder / "silent.mp4", "-i", sound, "-c", "copy", tmp_path / name)
    animate(folder / "portrait.png", tmp_path / name, tmp_path / "out.mp4", "--duration", "0.4")
    assert listen(tmp_path / "out.mp4").pitch(0.2, 0.4) == pytest.approx(PITCH, abs=6)
    assert times(tmp_path / "out.mp4")[-1] == pytest.approx(0.37, abs=0.03)
    assert caplog.text.count("sound") == 0


def test_sound_that_nothing_knows_is_left_out_said_once_and_costs_no_picture(folder, animate, tmp_path, caplog):
    sound = write_tone(tmp_path / "tone.mkv", "pcm_s16le")
    ffmpeg("-i", folder / "silent.mp4", "-i", sound, "-c", "copy", tmp_path / "driver.mkv")
    driver = (tmp_path / "driver.mkv").read_bytes()
    (tmp_path / "driver.mkv").write_bytes(driver.replace(b"A_PCM/INT/LIT", b"A_FUTURE/2050"))
    second = tmp_path / "second.png"
    shutil.copy(folder / "portrait.png", second)
    animate(folder / "portrait.png", tmp_path / "driver.mkv", tmp_path / "out", "--target", str(second))
    assert caplog.text.count("driver.mkv: the sound is left out (no decoder is known") == 1
    for name in ("portrait", "second"):
        assert kinds(tmp_path / "out" / f"{name}--driver.mp4") == ["video"]
        assert len(times(tmp_path / "out" / f"{name}--driver.mp4")) == 24


def test_a_visible_watermark(folder, animate, tmp_path):
    for name, options in (("marked", ["--watermark"]), ("plain", [])):
        animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / name, "--image-sequence", "--duration", "0.1", *options)
    marked, plain = (np.asarray(Image.open(tmp_path / name / "000000.png")).astype(int) for name in ("marked", "plain"))
    changed = np.abs(marked - plain).max(axis=2) > 0
    assert changed[-20:, -100:].mean() > 0.5 and marked[-20:, -100:].max() > 240
    assert not changed[:200].any() and not changed[:, :120].any()


def test_several_targets_and_a_folder_of_drivers(folder, animate, tmp_path, caplog):
    drivers = tmp_path / "drivers"
    drivers.mkdir()
    shutil.copy(folder / "driver.mp4", drivers / "a.mp4")
    shutil.copy(folder / "silent.mp4", drivers / "b.mp4")
    (drivers / "c.mp4").write_text("no video")
    (drivers / "notes.txt").write_text("not looked at")
    second = tmp_path / "second.png"
    shutil.copy(folder / "portrait.png", second)
    with pytest.raises(ReenactError, match=r"1 of 3 drivers failed \(see above\): c\.mp4"):
        animate(folder / "portrait.png", drivers, tmp_path / "out", "--target", str(second), "--duration", "0.2")
    assert "c.mp4 cannot be read as a video" in caplog.text
    found = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert found == ["portrait--a.mp4", "portrait--b.mp4", "second--a.mp4", "second--b.mp4"]
    assert (pictures(tmp_path / "out" / "portrait--a.mp4") == pictures(tmp_path / "out" / "second--a.mp4")).all()


def test_frames_without_a_face_are_held_and_counted(folder, animate, tmp_path, caplog):
    animate(folder / "portrait.png", folder / "comes.mp4", tmp_path / "out", "--image-sequence")
    assert "12 of 18 frames show no face" in caplog.text
    shown = [np.asarray(Image.open(tmp_path / "out" / f"{k:06d}.png")) for k in range(18)]
    assert all((picture == shown[0]).all() for picture in shown[:6])  # the target's own landmarks
    assert all((picture == shown[11]).all() for picture in shown[12:])  # the last ones seen
    assert (shown[6] != shown[0]).any() and (shown[7] != shown[6]).any()


def test_a_cut_to_another_face_is_held_and_told_apart(folder, faces, animate, tmp_path, caplog):
    with VideoWriter(tmp_path / "cut.mp4", (640, 320)) as video:
        for k in range(40):
            place = (faces[1], 20, 30, 1) if k < 10 else (faces[0], 360, 30, 1)
            video.write(scene(place, size=(640, 320)))
    animate(folder / "portrait.png", tmp_path / "cut.mp4", tmp_path / "out", "--image-sequence")
    assert "30 of 40 frames show another face" in caplog.text and "show no face" not in caplog.text
    shown = [np.asarray(Image.open(tmp_path / "out" / f"{k:06d}.png")) for k in (9, 10, 39)]
    assert (shown[1] == shown[0]).all() and (shown[2] == shown[0]).all()


def test_frames_upside_down_are_held_and_told_apart(folder, faces, animate, tmp_path, caplog):
    with VideoWriter(tmp_path / "turned.mp4", (SIDE, SIDE)) as video:
        for k in range(18):
            video.write(scene((upside_down() if k >= 6 else faces[1], 32, 32, 1)))
    animate(folder / "portrait.png", tmp_path / "turned.mp4", tmp_path / "out", "--image-sequence")
    assert "in 12 of 18 frames landmarks fit no face" in caplog.text and "another face" not in caplog.text
    shown = [np.asarray(Image.open(tmp_path / "out" / f"{k:06d}.png")) for k in (5, 6, 17)]
    assert (shown[1] == shown[0]).all() and (shown[2] == shown[0]).all()
    with pytest.raises(ReenactError, match=r"turned\.mp4 shows no upright face in the part"):
        animate(folder / "portrait.png", tmp_path / "turned.mp4", tmp_path / "out.mp4", "--start", "0.4")
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize("options", [[], ["--compare"]])
def test_a_driver_without_any_face_is_an_error_and_leaves_nothing(folder, animate, tmp_path, options):
    with pytest.raises(ReenactError, match=r"empty\.mp4 shows no face"):
        animate(folder / "portrait.png", folder / "empty.mp4", tmp_path / "out.mp4", *options)
    with pytest.raises(ReenactError, match="shows no face in the part that was asked for"):
        animate(folder / "portrait.png", folder / "comes.mp4", tmp_path / "out.mp4", "--duration", "0.2", *options)
    assert list(tmp_path.iterdir()) == []


def test_several_people_in_the_driver_are_said_aloud(folder, animate, tmp_path, caplog):
    driver = tmp_path / "two.mp4"
    beside = "[0][1]hstack,trim=duration=0.3"
    ffmpeg("-i", folder / "silent.mp4", "-i", folder / "silent.mp4", "-filter_complex", beside, driver)
    animate(folder / "portrait.png", driver, tmp_path / "out.mp4")
    assert "several faces are seen" in caplog.text


def test_a_driver_that_breaks_off_is_animated_as_far_as_it_goes(folder, animate, tmp_path):
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    ffmpeg("-i", folder / "driver.mp4", "-c:v", "libx264", "-g", "4", "-c:a", "copy", "-movflags", "+faststart", whole)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    animate(folder / "portrait.png", cut, tmp_path / "out.mp4")
    assert 4 < len(times(tmp_path / "out.mp4")) < 24


def test_the_same_command_gives_the_same_bytes(folder, animate, tmp_path):
    for name in ("one.mp4", "two.mp4"):
        animate(folder / "portrait.png", folder / "driver.mp4", tmp_path / name, "--compare", "--watermark", "--duration", "0.5")
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize("matrix", MATRICES[4:])
def test_a_mirrored_driver_is_upright(folder, animate, driver_crop, tmp_path, matrix, caplog):
    a, b, c, d = matrix
    with TimedReader(folder / "driver.mp4") as reader, VideoWriter(tmp_path / "mirrored.mp4", (320, 320)) as video:
        for frame in islice(reader, 6):
            video.write(by_matrix(frame.picture.rgb(), a, c, b, d))
    set_display_matrix(tmp_path / "mirrored.mp4", *matrix)
    animate(folder / "portrait.png", tmp_path / "mirrored.mp4", tmp_path / "out.mp4", "--compare")
    assert "no face" not in caplog.text
    assert np.abs(pictures(tmp_path / "out.mp4")[0, 32:, 256:512].astype(int) - driver_crop).mean() < 16


def test_a_driver_whose_time_begins_anew_goes_on_and_says_so(folder, animate, tmp_path, caplog):
    ffmpeg("-i", folder / "driver.mp4", "-c", "copy", "-f", "mpegts", tmp_path / "once.ts")
    (tmp_path / "twice.ts").write_bytes((tmp_path / "once.ts").read_bytes() * 2)
    animate(folder / "portrait.png", tmp_path / "twice.ts", tmp_path / "out", "--image-sequence")
    found = [float(Image.open(path).text["Time"]) for path in sorted((tmp_path / "out").iterdir())]
    assert len(found) == 48 and np.diff(found).min() > 0.02 and np.diff(found).max() < 0.15  # the sound is a little longer
    assert "its time begins anew" in caplog.text
    animate(folder / "portrait.png", tmp_path / "twice.ts", tmp_path / "late", "--image-sequence", "--start", "1.2")
    assert len(list((tmp_path / "late").iterdir())) == len([time for time in found if time > 1.2]) + 1  # and the one shown at 1.2 s


def test_a_drivers_pause_holds_its_picture_and_is_named(folder, animate, tmp_path, caplog):
    paused = ["-vf", "settb=1/1000,setpts=N*40+gte(N\\,12)*1200000", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    ffmpeg("-i", folder / "silent.mp4", *paused, tmp_path / "pause.mkv")
    animate(folder / "portrait.png", tmp_path / "pause.mkv", tmp_path / "out.mp4")
    found = times(tmp_path / "out.mp4")
    assert len(found) == 24 and np.diff(found).max() == pytest.approx(1200.04, abs=0.01)
    assert "there is no picture from 0.48 s to 1200.48 s" in caplog.text


def test_an_encrypted_driver_is_told_as_such(folder, animate, tmp_path):
    ffmpeg("-i", folder / "driver.mp4", "-c", "copy", *CENC.split(), tmp_path / "secret.mp4")
    with pytest.raises(ReenactError, match=r"secret\.mp4.*encrypted"):
        animate(folder / "portrait.png", tmp_path / "secret.mp4", tmp_path / "out.mp4")


def test_damaged_pictures_of_a_driver_are_left_out_and_counted(folder, animate, tmp_path, caplog):
    ffmpeg("-i", folder / "driver.mp4", "-c:v", "png", "-an", tmp_path / "driver.mkv")
    pictures = (tmp_path / "driver.mkv").read_bytes().split(b"IHDR")
    parts = (b"IHDR".join(part) for part in (pictures[:5], pictures[5:9], pictures[9:]))
    (tmp_path / "driver.mkv").write_bytes(b"none".join(parts))
    animate(folder / "portrait.png", tmp_path / "driver.mkv", tmp_path / "out", "--image-sequence")
    assert len(list((tmp_path / "out").iterdir())) == len(pictures) - 1 - 2
    assert "driver.mkv: damaged pictures, left out: 2." in caplog.text
