"""The head model's random people as a linear model."""

from __future__ import annotations

from copy import deepcopy
from operator import attrgetter

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from reenact.errors import ReenactError
from reenact.face3d.facemodel import face_model
from reenact.face3d.facemodel.anny import _key, principal_components
from reenact.face3d.headmodel import Camera, head_model
from reenact.seeding import generator

CAMERA = Camera(256)


@pytest.fixture(scope="module")
def model():
    return face_model("anny")


@pytest.fixture(scope="module")
def strangers() -> np.ndarray:
    """Shapes (40, V, 3) of people from whom no component was made."""
    return np.stack([head_model().identity(generator(99, "stranger", number)) for number in range(40)])


def explained(model, shapes: np.ndarray, vertices: np.ndarray) -> tuple[np.ndarray, float]:
    """Least-squares coefficients (N, K) of shapes by landmark vertices, and the share of some vertices' variance that they explain."""
    used = model.table.vertices
    design = model.identity[:, used].reshape(len(model.identity), -1).T.astype(float)
    coefficients = np.linalg.lstsq(design, (shapes - model.mean)[:, used].reshape(len(shapes), -1).T, rcond=None)[0].T
    rest = (shapes - model.shapes(coefficients))[:, vertices]
    return coefficients, 1 - (rest**2).sum() / ((shapes - model.mean)[:, vertices] ** 2).sum()


def test_it_is_loaded_once_and_named(model):
    assert face_model("anny") is model and model.name == "anny"
    assert model.mean.shape == model.blendshapes.shape[1:] == model.identity.shape[1:] == head_model().average.shape
    assert len(model.blendshapes) == 51


def test_few_coefficients_show_strangers_landmarks_and_most_of_their_heads(model, strangers):
    coefficients, share = explained(model, strangers, model.table.vertices)
    assert share > 0.99
    assert coefficients.std() == pytest.approx(1, abs=0.15)
    head = explained(model, strangers, np.flatnonzero(head_model().follows == 1))[1]
    assert 0.8 < head < share


def test_components_are_uncorrelated_and_ordered(model):
    size = np.linalg.norm(model.landmark_identity.reshape(len(model.identity), -1), axis=1)
    assert (np.diff(size) <= 1e-6).all()
    flat = model.landmark_identity.reshape(len(model.identity), -1) / size[:, None]
    np.testing.assert_allclose(flat @ flat.T, np.eye(len(flat)), atol=1e-3)


def test_shapes_are_the_mean_and_sums_of_components(model):
    coefficients = np.random.default_rng(0).normal(size=(2, len(model.identity)))
    np.testing.assert_allclose(model.shapes(np.zeros_like(coefficients)), np.stack([model.mean] * 2))
    by_hand = model.mean + sum(c * mode for c, mode in zip(coefficients[1], model.identity, strict=True))
    np.testing.assert_allclose(model.shapes(coefficients)[1], by_hand, atol=1e-4)


def test_landmarks_are_the_head_models(model, strangers):
    rng = np.random.default_rng(1)
    blendshapes, rotation = rng.uniform(0, 0.5, (20, 51)), rng.normal(0, 0.25, (20, 3))
    camera = Camera(256, rng.uniform(0.8, 1, 20), 0.02, -0.03)
    expected = head_model().landmarks(strangers[0], blendshapes, rotation, camera)
    np.testing.assert_allclose(model.landmarks(strangers[0], blendshapes, rotation, camera), expected, atol=0.1)


def test_wrong_shapes_are_refused(model):
    with pytest.raises(ReenactError, match="coefficients must be"):
        model.shapes(np.zeros((2, 3)))
    with pytest.raises(ReenactError, match="blendshapes must be"):
        model.landmarks(model.mean, np.zeros((2, 50)), np.zeros((2, 3)), CAMERA)
    with pytest.raises(ReenactError, match="rotation"):
        model.landmarks(model.mean, np.zeros((2, 51)), np.zeros((1, 3)), CAMERA)


@pytest.mark.parametrize("part", ["average", "mesh.base", "mesh.targets", "table.stacked", "table.vertices"])
def test_what_is_kept_in_the_cache_is_of_this_head_alone(part):
    """The name of its file follows from all that decides it: another head's components are never taken."""
    head, changed = head_model(), deepcopy(head_model())
    array = attrgetter(part)(changed).copy()
    array.flat[-1] += 1
    owner, _, name = part.rpartition(".")
    object.__setattr__(attrgetter(owner)(changed) if owner else changed, name, array)
    assert _key(changed) != _key(head) == _key(deepcopy(head))


def test_the_components_are_the_same_whatever_the_number_of_threads():
    with threadpool_limits(limits=1):
        alone = principal_components(head_model())
    with threadpool_limits(limits=2):
        together = principal_components(head_model())
    assert all(np.array_equal(alone[name], together[name]) for name in alone)
