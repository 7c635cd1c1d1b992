"""Which of a folder's files is which frame: their numbers say it, or the folder is refused."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reenact.evaluation.external import ExternalMethod
from tests.support.made_results import FRAMES, Wanted, only_problem, pictures


def named(folder: Path, number: int, names: Sequence[str]) -> None:
    """A pair's results under these names, in their order."""
    shutil.rmtree(folder / f"{number:04d}")
    (folder / f"{number:04d}").mkdir()
    for name, image in zip(names, pictures(number, len(names)), strict=True):
        Image.fromarray(image).save(folder / f"{number:04d}" / name)


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (0, ["1.png", "2.png", "3.png", "4.png"]),
        (0, ["0.png", "5.png", "10.png", "15.png"]),
        (0, ["a9.png", "b10.png", "a11.png", "b12.jpg"]),
        (0, ["out.png", "out1.png", "out2.png", "out3.png"]),
        (0, ["0.92.png", "0.96.png", "1.00.png", "1.04.png"]),
        (1, ["0.png", "2.png", "4.png", "6.png"]),
        (2, ["frame_0.png", "frame_1.png", "frame_2.png", "frame_3.png", "frame_4.png"]),
    ],
)
def test_numbers_that_go_on_are_followed(folder, number, names):
    named(folder, number, names)
    method = ExternalMethod("mine", folder, Wanted())
    method.check()
    brightness = method.frames(number).mean(axis=(1, 2, 3))
    assert len(brightness) == FRAMES and (np.diff(brightness) > 15).all()


@pytest.mark.parametrize("lead", [0, 1])
def test_the_numbers_of_the_frames_asked_for_may_leave_some_out(folder, lead):
    asked = Wanted().pairs[2]
    odd = type(asked)(2, "a", "a", (3, 4, 9, 11), lead=lead)
    named(folder, 2, [*["000000.png"] * lead, *(f"{frame:06d}.png" for frame in odd.frames)])
    method = ExternalMethod("mine", folder, Wanted(pairs=(*Wanted().pairs[:2], odd)))
    method.check()
    np.testing.assert_array_equal(method.frames(2), pictures(2, FRAMES + lead)[lead:])


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (
            ["1.png", "2.png", "4.png", "5.png"],
            "0000 has 4 frames, but leaves numbers out: none between 2.png and 4.png; see whether one is missing, and number on",
        ),
        (
            ["1_of_9.png", "2_of_9.png", "3_of_9.png", "9_of_9.png"],
            "0000 has 4 frames, but leaves numbers out: none between 3_of_9.png and 9_of_9.png; see whether one is missing, and number on",
        ),
        (
            ["1.png", "1.jpg", "2.png", "3.png"],
            "0000 has 1.jpg and 1.png: nobody can tell which comes first; keep one for each number",
        ),
        (
            ["1.png", "2.png", "2.jpg", "3.png", "3.jpg", "4.png"],
            "0000 has 2.jpg and 2.png (and 1 more): nobody can tell which comes first; keep one for each number",
        ),
        (
            ["mask_1.png", "mask_2.png", "result_1.png", "result_2.png"],
            "0000 has mask_1.png and result_1.png (and 1 more): nobody can tell which comes first; keep one for each number",
        ),
        (["1.png", "01.png", "2.png", "3.png"], "0000 has 01.png and 1.png: nobody can tell which comes first; keep one for each number"),
        (
            ["a.png", "b.png", "c.png", "d.png"],
            "0000 has a.png and b.png (and 2 more): nobody can tell which comes first; keep one for each number",
        ),
    ],
)
def test_numbers_that_leave_it_open_are_refused(folder, names, said):
    named(folder, 0, names)
    assert only_problem(folder) == said


def test_one_picture_of_a_pair_of_one_frame_needs_no_number(folder):
    one = type(Wanted().pairs[0])(0, "a", "b", (7,))
    named(folder, 0, ["result.png"])
    method = ExternalMethod("mine", folder, Wanted(pairs=(one, *Wanted().pairs[1:])))
    method.check()
    assert len(method.frames(0)) == 1
