"""The inside of rendered mouths, as one sees it in the pictures."""

from __future__ import annotations

import numpy as np
import pytest

from reenact.synthetic import face_colours
from tests.support.sitters import Sitter, look

INNER_LIPS, LIPS = slice(60, 68), slice(48, 60)
WIDE = {"jawOpen": 0.8, "mouthUpperUp": 0.5, "mouthSmile": 0.4}


@pytest.fixture(scope="module")
def sitter():
    return Sitter("look3", 512)  # without glasses, and with a mouth of middling width


@pytest.mark.parametrize("yaw", [0, 25, -25])
def test_an_open_mouth_shows_teeth_far_brighter_than_its_throat(sitter, yaw):
    brightness = np.sort(sitter.window(INNER_LIPS, yaw, **WIDE).mean(-1).ravel())
    tenth = len(brightness) // 10
    assert brightness[-tenth:].mean() > 2.5 * brightness[:tenth].mean()


def test_teeth_stand_singly_with_dark_gaps_between(sitter):
    mouth = sitter.window(INNER_LIPS, **WIDE).mean(-1)
    assert max(gaps(row, 0.75 * mouth.max()) for row in mouth) >= 3


def gaps(row: np.ndarray, bright: float) -> int:
    """How often a row of pixels goes from bright to a tenth darker and back."""
    peaks = np.split(row, np.flatnonzero(row < 0.9 * bright))
    return sum((peak > bright).any() for peak in peaks) - 1


def test_teeth_hide_behind_closed_lips(sitter):
    opened, closed = (sitter.shows(face_colours.TEETH, **weights).sum() for weights in (WIDE, {"mouthPucker": 0.8}))
    assert opened > 400
    assert closed == 0


def test_lower_teeth_and_tongue_go_down_with_the_jaw_and_upper_teeth_stay():
    sitter = Sitter("look1")
    teeth, tongue = (
        [np.flatnonzero(sitter.shows(part, **WIDE | {"jawOpen": jaw}).any(1)) for jaw in (0.4, 0.9)]
        for part in (face_colours.TEETH, face_colours.TONGUE)
    )
    assert teeth[0][0] == pytest.approx(teeth[1][0], abs=1)
    assert teeth[1][-1] > teeth[0][-1] + 8
    assert tongue[1][-1] > tongue[0][-1] + 8


def test_teeth_are_white_in_some_people_and_yellowish_in_others():
    teeth = np.array([look(f"look{number}").details.teeth for number in range(80)])
    blue = teeth[:, 2] / teeth[:, 0]
    assert blue.max() > 0.9 and blue.min() < 0.8
    assert (teeth[:, 0] >= teeth[:, 2]).all()
