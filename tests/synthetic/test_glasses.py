"""Glasses of rendered people: how many wear them, how they sit, and that dlib still reads the face."""

from __future__ import annotations

import dlib
import numpy as np
import pytest

from reenact.faces.model_files import landmark_model_path
from reenact.synthetic import face_colours, shading
from tests.support.sitters import Sitter, look, pose

EXPRESSION = {"jawOpen": 0.6, "eyeBlink": 1.0, "browDown": 0.7, "mouthSmile": 0.8}


@pytest.fixture(scope="module")
def wearers():
    return [name for name in (f"look{number}" for number in range(1, 401)) if look(name).details.glasses is not None]


def test_about_15_percent_wear_glasses_of_many_kinds(wearers):
    assert 0.11 < len(wearers) / 400 < 0.19
    glasses = [look(name).details.glasses for name in wearers]
    assert {pair.metal for pair in glasses} == {True, False}
    assert min(pair.squareness for pair in glasses) < 2.3 and max(pair.squareness for pair in glasses) > 3.5
    assert max(pair.thickness for pair in glasses) > 2 * min(pair.thickness for pair in glasses)


def test_the_frame_moves_with_the_head_and_with_no_expression(wearers):
    figure = Sitter(wearers[0]).figure
    frame = np.unique(figure.triangles[figure.material == shading.FRAME])
    worn = np.concatenate([frame, np.unique(figure.lenses)])
    still, _ = pose(0, {})
    moved, rotation = pose(25, EXPRESSION)
    before, after = figure.vertices(still), figure.vertices(moved)
    assert np.abs(after - before).max() > 0.1  # the face does move
    np.testing.assert_allclose(after[worn], before[worn], atol=1e-12)
    turned = figure.model.turn(after[None], rotation[None], figure.follows)[0, worn]
    distance = np.linalg.norm(turned[:, None, :] - turned[None], axis=-1)
    np.testing.assert_allclose(distance, np.linalg.norm(before[worn][:, None] - before[worn][None], axis=-1), atol=1e-9)
    assert np.abs(turned - before[worn]).max() > 0.3


@pytest.mark.parametrize("yaw", [0, 30, -30])
def test_rims_are_seen_round_both_eyes_and_leave_the_eyes_free(wearers, yaw):
    for name in wearers[:4]:
        sitter = Sitter(name)
        rims = sitter.shows(face_colours.FRAME, yaw)
        _, rotation = pose(yaw, {})
        eyes = sitter.figure.model.landmarks(sitter.figure.shape, np.zeros((1, 51)), rotation[None], sitter.camera)[0, 36:48]
        for eye in (eyes[:6], eyes[6:]):
            x, y = np.rint(eye.mean(0)).astype(int)
            assert not rims[y - 2 : y + 3, x - 2 : x + 3].any()
            assert rims[y - 30 : y, x].any() and rims[y : y + 30, x].any()  # over and under it


def test_lenses_let_the_eyes_through_and_reflect_a_little(wearers):
    sitter = Sitter(wearers[0])
    worn = sitter.window(slice(36, 48))
    sitter.figure.lenses = sitter.figure.lenses[:0]
    bare = sitter.window(slice(36, 48))
    assert 0 < np.abs(worn - bare).max() < 140  # a highlight
    assert np.abs(worn - bare).mean() < 20


def test_dlib_finds_faces_and_eyes_behind_glasses(wearers):
    detector, predictor = dlib.get_frontal_face_detector(), dlib.shape_predictor(str(landmark_model_path()))
    errors = []
    for name in wearers[:8]:
        sitter = Sitter(name)
        boxes = detector(sitter.picture(), 0)
        assert len(boxes) == 1, name
        seen = np.array([(point.x, point.y) for point in predictor(sitter.picture(), boxes[0]).parts()])
        truth = sitter.figure.model.landmarks(sitter.figure.shape, np.zeros((1, 51)), np.zeros((1, 3)), sitter.camera)[0]
        errors.append(np.linalg.norm(seen - truth, axis=1)[36:48].mean() / np.linalg.norm(truth[36] - truth[45]))
    assert np.median(errors) < 0.035  # thick dark rims mislead it now and then, as in photographs
