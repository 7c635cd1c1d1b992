"""Rendered eyes and lids, as one sees them in the pictures."""

from __future__ import annotations

import numpy as np
import pytest

from reenact.synthetic import face_colours
from tests.support.sitters import Sitter, look

EYES, LEFT_EYE, RIGHT_EYE = slice(36, 48), slice(36, 42), slice(42, 48)


@pytest.mark.parametrize("subject", ["look1", "look2", "look3", "look5"])
@pytest.mark.parametrize(("yaw", "slit"), [(0, 0), (30, 2)])  # pixels: seen from the side, a corner may stay open
def test_closed_lids_hide_the_eyeball(subject, yaw, slit):
    sitter = Sitter(subject)
    for part in (face_colours.IRIS, face_colours.SCLERA):
        assert sitter.shows(part, yaw).sum() > 20
        assert sitter.shows(part, yaw, eyeBlink=1.0).sum() <= slit


@pytest.mark.parametrize("eye", [LEFT_EYE, RIGHT_EYE])
def test_the_catch_light_follows_the_key_light(eye):
    places = []
    for side in (-0.9, 0.9):
        sitter = Sitter("look1", 512)
        sitter.light_from(side)
        window = sitter.window(eye)
        lit = window.min(-1) > 0.9 * window.min(-1).max()
        assert window.min(-1).max() > 180  # as bright as the light itself, not as the eye
        places.append(np.flatnonzero(lit.any(0)).mean())
    assert places[1] > places[0] + 4


def test_the_iris_has_a_dark_ring_and_a_pupil():
    sitter = Sitter("look10", 768)
    sitter.scene.colours[:] = 0  # no catch-light
    face = sitter.figure.face
    face[face_colours.IRIS : face_colours.IRIS + 3] = 0.4
    eye = sitter.window(RIGHT_EYE, eyeWide=0.5).mean(-1)
    row = eye[eye.shape[0] // 2]
    dark = np.flatnonzero(row < 0.4 * row.max())
    assert len(dark) > 0
    pupil = dark[np.argmin(np.abs(dark - len(row) / 2))]
    beside = row[pupil:]
    light = int(np.argmax(beside[:40]))
    # From the pupil outwards: dark, light, darker again, then the white.
    assert beside[light : light + 40].min() < 0.85 * beside[light] < 0.85 * row.max() + 1


def test_the_upper_lid_shades_the_white_that_it_comes_down_to():
    sitter = Sitter("look1", 512)
    white = sitter.shows(face_colours.SCLERA, eyeBlink=0.3)
    lid = np.argmax(white, 0)  # the first row of the white in each column
    under = white & (np.arange(len(white))[:, None] < lid + 4)
    opened, lowered = (sitter.picture(eyeBlink=blink).mean(-1)[under].mean() for blink in (0.0, 0.3))
    assert lowered < 0.93 * opened


@pytest.mark.parametrize("subject", ["look1", "look2", "look3"])
def test_everybody_has_lashes_and_they_stand_below_a_closed_lid(subject):
    sitter = Sitter(subject)
    opened, closed = (np.nonzero(sitter.shows(face_colours.LASHES, eyeBlink=blink))[0] for blink in (0.0, 1.0))
    assert len(opened) > 10 and len(closed) > 10
    assert closed.mean() > opened.mean() + 4
    landmarks = sitter.figure.model.landmarks(sitter.figure.shape, np.zeros((1, 51)), np.zeros((1, 3)), sitter.camera)[0]
    assert closed.mean() > landmarks[36:48, 1].mean()


def test_lashes_differ_between_people():
    strength = [look(f"look{number}").details.lashes for number in range(40)]
    assert max(strength) > 2 * min(strength)
