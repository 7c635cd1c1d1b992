"""Pictures of somebody else's method that do not fit: refused whole, with all that is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reenact.errors import ReenactError
from reenact.evaluation.external import ExternalMethod
from tests.support.made_results import SIZE, Wanted, as_strip, only_problem, opaque, pictures, problems, write_folder, write_video
from tests.support.media import ffmpeg


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


def test_a_strip_of_another_shape_is_refused(folder):
    shutil.rmtree(folder / "0000")
    as_strip(folder / "0000.png", pictures(0, 5))
    assert only_problem(folder) == "0000.png has 5 frames, not 4"
    Image.fromarray(np.zeros((48, 4 * SIZE, 3), np.uint8)).save(folder / "0000.png")
    assert only_problem(folder) == "0000.png is 128×48, no row of frames of 32×32"


def test_results_that_were_not_checked_are_not_read_by_halves(folder):
    (folder / "0000" / "000003.png").unlink()
    Image.fromarray(pictures(1, size=48)[0]).save(folder / "0001" / "000001.png")
    shutil.rmtree(folder / "0002")
    method = ExternalMethod("mine", folder, Wanted())
    for number, said in ((0, "does not have the frames asked for"), (1, "0001 is damaged"), (2, "has 0 results of pair 0002, not one")):
        with pytest.raises(ReenactError, match=said):
            method.frames(number)
