"""The results of a method that is not the project's own: accepted whole, or refused with all that is wrong."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reenact.errors import ReenactError
from reenact.evaluation.external import ExternalMethod
from reenact.testsets.exported import Pair
from tests.support.media import ffmpeg, ffprobe

SIZE, FRAMES = 32, 4


@dataclass(frozen=True)
class Wanted:
    """Three pairs of four frames each; the last has a frame that leads them."""

    size: int = SIZE
    pairs: Sequence[Pair] = (
        Pair(0, "a", "b", (0, 1, 2, 3)),
        Pair(1, "b", "a", (0, 2, 4, 6)),
        Pair(2, "a", "a", (1, 2, 3, 4), lead=1),
    )


COUNTS = {0: FRAMES, 1: FRAMES, 2: FRAMES + 1}


def pictures(number: int, count: int | None = None, size: int = SIZE) -> np.ndarray:
    """A pair's results: noise, each frame a little lighter than the one before."""
    count = COUNTS[number] if count is None else count
    noise = np.random.default_rng(number).integers(0, 60, (size, size, 3))
    return np.stack([noise + 30 + 20 * frame for frame in range(count)]).astype(np.uint8)


def write_folder(folder: Path, images: np.ndarray, name: str = "{:06d}.png", first: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for place, image in enumerate(images):
        Image.fromarray(image).save(folder / name.format(place + first))


def write_video(path: Path, images: np.ndarray, *options: str, rate: float = 25, pixels: str = "yuv444p") -> Path:
    """Frames as a video, as imageio and others let ffmpeg write it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = images.shape[1:3]
    given = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(rate), "-i", "-")
    codec = ("-c:v", "libvpx", "-b:v", "2M") if path.suffix == ".webm" else ("-c:v", "libx264", "-crf", "4")
    ffmpeg(*given, *codec, "-pix_fmt", pixels, *options, path, stdin=images.tobytes())
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    """Whole results, a folder for each pair."""
    for number in COUNTS:
        write_folder(tmp_path / f"{number:04d}", pictures(number))
    return tmp_path


def problems(folder: Path) -> list[str]:
    """What `check` lists."""
    with pytest.raises(ReenactError) as raised:
        ExternalMethod("mine", folder, Wanted()).check()
    first, *listed, last = str(raised.value).split("\n")
    assert first == f"{folder}: the results of mine do not fit the test set:" and last == "mend them, then score again"
    return [line.removeprefix("  - ") for line in listed]


def only_problem(folder: Path) -> str:
    (line,) = problems(folder)
    return line


def test_folders_of_pictures_are_read_as_they_are(folder):
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    for number in COUNTS:
        found = method.frames(number)
        assert found.dtype == np.uint8 and found.shape == (FRAMES, SIZE, SIZE, 3)
        np.testing.assert_array_equal(found, pictures(number)[-FRAMES:], err_msg="what leads the frames is left out")
    assert method.image_format == "PNG"


@pytest.mark.parametrize(("name", "first"), [("{}.png", 8), ("frame{:d}_of_12.PNG", 7), ("{:04d}.png", 98), ("result-{}.jpeg", 9)])
def test_frames_are_in_the_order_of_their_numbers(folder, name, first):
    shutil.rmtree(folder / "0001")
    write_folder(folder / "0001", pictures(1), name, first)
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    brightness = method.frames(1).mean(axis=(1, 2, 3))
    assert (np.diff(brightness) > 15).all()


def in_folder(path: Path, images: np.ndarray) -> None:
    write_folder(path.with_suffix(""), images)


def as_strip(path: Path, images: np.ndarray) -> None:
    Image.fromarray(np.concatenate(list(images), axis=1)).save(path)


@pytest.mark.parametrize(
    ("name", "write", "kept", "worst"),
    [
        ("{0}.mp4", write_video, "video h264 yuv444p", 12),
        ("{0:04d}.mov", write_video, "video h264 yuv444p", 12),
        ("{0:04d}.mkv", write_video, "video h264 yuv444p", 12),
        ("{0:04d}.MP4", write_video, "video h264 yuv444p", 12),
        ("{0:04d}--{0:04d}.mp4", write_video, "video h264 yuv444p", 12),
        ("{0:04d}.avi", lambda path, images: write_video(path, images, "-bf", "0"), "video h264 yuv444p", 12),
        ("{0:04d}.webm", lambda path, images: write_video(path, images, pixels="yuv420p"), "video vp8 yuv420p", 120),
        ("{0:04d}.png", as_strip, "PNG", 0),
        ("{0:04d}.mp4-{0:04d}.png.png", as_strip, "PNG", 0),
        ("{0:04d}-{0:04d}.png.png", as_strip, "PNG", 0),
        ("{0}.d", in_folder, "PNG", 0),
    ],
)
def test_videos_and_strips_are_read_under_the_names_that_tools_give_them(tmp_path, name, write, kept, worst):
    for number in COUNTS:
        write(tmp_path / name.format(number), pictures(number))
    method = ExternalMethod("mine", tmp_path, Wanted())
    method.check()
    for number in COUNTS:
        found = method.frames(number)
        assert found.shape == (FRAMES, SIZE, SIZE, 3)
        assert np.abs(found.astype(int) - pictures(number)[-FRAMES:]).max() <= worst
    assert method.image_format == kept


def test_kinds_may_be_mixed_and_are_all_named(folder):
    shutil.rmtree(folder / "0001")
    write_video(folder / "0001.mp4", pictures(1))
    shutil.rmtree(folder / "0002")
    write_folder(folder / "0002", pictures(2), "{}.jpg")
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    assert method.image_format == "JPEG and PNG and video h264 yuv444p"


def test_hashes_are_of_the_files_bytes(folder):
    shutil.rmtree(folder / "0001")
    write_video(folder / "0001.mp4", pictures(1))
    method = ExternalMethod("mine", folder, Wanted())
    together = b"".join(path.read_bytes() for path in sorted((folder / "0000").iterdir()))
    assert method.sha256(0) == hashlib.sha256(together).hexdigest()
    assert method.sha256(1) == hashlib.sha256((folder / "0001.mp4").read_bytes()).hexdigest()


def test_links_are_followed_and_what_desktops_leave_is_no_result(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.move(folder / "0001", elsewhere / "frames")
    (folder / "0001").symlink_to(elsewhere / "frames")
    (folder / "0000" / "000000.png").rename(elsewhere / "first")
    (folder / "0000" / "000000.png").symlink_to(elsewhere / "first")
    for name in (".DS_Store", "Thumbs.db", "._0000.mp4", "0000/._000000.png", "0001/desktop.ini"):
        (folder / name).write_bytes(b"x")
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    np.testing.assert_array_equal(method.frames(1), pictures(1))
    np.testing.assert_array_equal(method.frames(0), pictures(0))


def grey(image: np.ndarray) -> Image.Image:
    return Image.fromarray(image[..., 0])


def opaque(image: np.ndarray) -> Image.Image:
    return Image.fromarray(np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]))


@pytest.mark.parametrize(("made", "expected"), [(grey, lambda image: image[..., :1].repeat(3, axis=2)), (opaque, lambda image: image)])
def test_grey_and_opaque_pictures_become_rgb(folder, made, expected):
    image = pictures(0)[1]
    made(image).save(folder / "0000" / "000001.png")
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    np.testing.assert_array_equal(method.frames(0)[1], expected(image))


def transparent(path: Path) -> None:
    image = opaque(pictures(0)[1])
    image.putpixel((3, 4), (0, 0, 0, 254))
    image.save(path)


def sixteen_grey(path: Path) -> None:
    Image.fromarray(np.zeros((SIZE, SIZE), np.uint16)).save(path)


def sixteen_rgb(path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", f"color=red:size={SIZE}x{SIZE}", "-frames:v", "1", "-pix_fmt", "rgb48be", path)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def webp(path: Path) -> None:
    Image.fromarray(pictures(0)[1]).save(path, "webp")


def gone(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere.png")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (transparent, "000001.png is transparent in places; write opaque RGB"),
        (sixteen_grey, "000001.png is no picture of eight bits in grey or RGB; write 8-bit RGB"),
        (sixteen_rgb, "000001.png is no picture of eight bits in grey or RGB; write 8-bit RGB"),
        (cut_short, "000001.png is damaged"),
        (webp, "000001.png is WEBP, neither PNG nor JPEG; write PNG files"),
        (gone, "000001.png is missing"),
        (lambda path: path.write_bytes(b"no picture"), "000001.png is no picture that can be read"),
    ],
)
def test_pictures_that_would_be_scored_wrong_are_refused(folder, harm, said):
    harm(folder / "0000" / "000001.png")
    assert said in only_problem(folder)


def test_a_frame_that_is_missing_between_others_is_named_by_them(folder):
    (folder / "0000" / "000002.png").unlink()
    assert only_problem(folder) == "0000 has 3 frames, not 4: none between 000001.png and 000003.png"


def test_all_that_is_wrong_is_said_at_once(folder):
    (folder / "0000" / "000003.png").unlink()
    Image.fromarray(pictures(0, size=48)[0]).save(folder / "0000" / "000001.png")
    (folder / "0000" / "notes.txt").write_text("x")
    shutil.rmtree(folder / "0001")
    write_video(folder / "0002.mp4", pictures(2))
    write_folder(folder / "0007", pictures(1))
    (folder / "log.txt").write_text("x")
    (folder / "0000.gif").write_bytes(b"x")
    write_video(folder / "0001--0002.mp4", pictures(1))
    assert problems(folder) == [
        "0000.gif is the result of no pair (those are named 0000/ or 0000.mp4, for example); remove it",
        "0001--0002.mp4 is of target and driver of different pairs; remove it",
        "0007: the test set has no pair 7; remove it, or choose the test set that it was made from",
        "log.txt is the result of no pair (those are named 0000/ or 0000.mp4, for example); remove it",
        "there are no results of pair 0001",
        "0000/notes.txt is no PNG or JPEG file; remove it",
        "0000 has 3 frames, not 4",
        "0000/000001.png is 48×48, not 32×32",
        "pair 0002 is there more than once: 0002, 0002.mp4; keep one",
    ]


def test_of_very_many_problems_the_first_are_listed(folder):
    for number in range(30, 55):
        write_folder(folder / f"{number:04d}", pictures(0)[:1])
    found = problems(folder)
    assert len(found) == 11 and found[-1] == "and 15 more"


def test_an_empty_folder_lacks_all_pairs_and_a_missing_one_is_named(tmp_path):
    assert only_problem(tmp_path) == "there are no results of 3 pairs: 0000, 0001, 0002"
    with pytest.raises(ReenactError, match=r"nowhere is missing; name the folder with a method's results"):
        ExternalMethod("mine", tmp_path / "nowhere", Wanted())


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


def test_a_strip_of_another_shape_is_refused(folder):
    shutil.rmtree(folder / "0000")
    as_strip(folder / "0000.png", pictures(0, 5))
    assert only_problem(folder) == "0000.png has 5 frames, not 4"
    Image.fromarray(np.zeros((48, 4 * SIZE, 3), np.uint8)).save(folder / "0000.png")
    assert only_problem(folder) == "0000.png is 128×48, no row of frames of 32×32"


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


def test_results_that_were_not_checked_are_not_read_by_halves(folder):
    (folder / "0000" / "000003.png").unlink()
    Image.fromarray(pictures(1, size=48)[0]).save(folder / "0001" / "000001.png")
    shutil.rmtree(folder / "0002")
    method = ExternalMethod("mine", folder, Wanted())
    for number, said in ((0, "does not have the frames asked for"), (1, "0001 is damaged"), (2, "has 0 results of pair 0002, not one")):
        with pytest.raises(ReenactError, match=said):
            method.frames(number)
