"""A renderer's version has people, clips and scenes of its own."""

from __future__ import annotations

import numpy as np

from reenact.config.data import SyntheticParams
from reenact.synthetic import version
from reenact.synthetic.clip import draw_take, subject_figure

PARAMS = SyntheticParams(frames_per_clip=10)


def test_another_version_has_other_people_and_other_clips(monkeypatch):
    figure, again = subject_figure(1, "syn00001"), subject_figure(1, "syn00001")
    assert np.array_equal(figure.shape, again.shape) and np.array_equal(figure.texture, again.texture)
    take, same = (draw_take(figure, 1, "syn00001", "take0001", PARAMS) for _ in range(2))
    assert np.array_equal(take.rotation, same.rotation)
    monkeypatch.setattr(version, "RENDERER", "another")
    other = subject_figure(1, "syn00001")
    assert not np.allclose(figure.shape, other.shape) and not np.array_equal(figure.texture, other.texture)
    moved = draw_take(figure, 1, "syn00001", "take0001", PARAMS)
    assert not np.array_equal(take.rotation, moved.rotation) and not np.array_equal(take.camera.shift_x, moved.camera.shift_x)
    assert not np.array_equal(take.scene.background, moved.scene.background) and not np.array_equal(take.texture, moved.texture)
