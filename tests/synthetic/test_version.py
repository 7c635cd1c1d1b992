"""Another version of the renderer draws other people, in other clips; who is not rendered stays."""

from __future__ import annotations

import numpy as np
import pytest

from reenact import rendered as version
from reenact.config.data import CorpusParams, SyntheticParams
from reenact.config.schema import Params
from reenact.synthetic import neutral_portrait
from reenact.synthetic.clip import draw_take, subject_figure
from reenact.synthetic.landmark_subjects import subject_landmarks
from reenact.synthetic.unseen_people import unseen_people, unseen_performance

PARAMS = Params(corpus=CorpusParams(landmark_frames=2, synthetic=SyntheticParams(frames_per_clip=10, image_size=128)))


@pytest.fixture
def another_version(monkeypatch):
    return lambda: monkeypatch.setattr(version, "RENDERER", "another")


def test_the_version_enters_every_draw_of_a_subject_and_a_clip(another_version):
    figure = subject_figure(1, "look1")
    portrait = neutral_portrait(PARAMS, unseen_people(1, 1)[0], "look1")
    take = draw_take(figure, 1, "look1", "take0001", PARAMS.corpus.synthetic)
    another_version()
    other = subject_figure(1, "look1")
    other_take = draw_take(figure, 1, "look1", "take0001", PARAMS.corpus.synthetic)
    other_portrait = neutral_portrait(PARAMS, unseen_people(1, 1)[0], "look1")
    for mine, others in (
        (figure.shape, other.shape),
        (figure.look.skin, other.look.skin),
        (take.blendshapes, other_take.blendshapes),
        (take.rotation, other_take.rotation),
        (take.scene.lights, other_take.scene.lights),
        (take.scene.background, other_take.scene.background),
        (take.texture, other_take.texture),
        (take.camera.scale, other_take.camera.scale),
        (portrait, other_portrait),
    ):
        assert mine.shape != others.shape or not np.array_equal(mine, others)


def test_who_is_not_rendered_stays_the_same_in_every_version(another_version):
    def shapes() -> list[np.ndarray]:
        return [unseen_people(2, 1)[1].weights, *unseen_performance(60, 1), subject_landmarks(PARAMS, 1)]

    before = shapes()
    another_version()
    for mine, others in zip(before, shapes(), strict=True):
        np.testing.assert_array_equal(mine, others)
