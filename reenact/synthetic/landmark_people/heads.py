"""Random heads, as the landmarks' points in three dimensions: faces that no single head model has.

LD-Net learnt the habits of one head model where it saw no others. So a head here is one of the face model's identities, not as strong
as the rendered ones, bent by smooth fields and stretched. Its blendshapes move as much and in such directions as nobody else's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.face3d.facemodel import FaceModel
from reenact.face3d.headmodel import BLENDSHAPES
from reenact.synthetic.landmark_people.smooth_fields import SmoothFields

IDENTITY = 0.6  # of the face model's standard deviations
UNEVEN = (0.8, 1.2)  # of IDENTITY, by person
BENDS = ((0.35, 0.02), (0.7, 0.03), (1.5, 0.04))  # lengths and standard deviations of the fields, decimetres
BEND_UNEVEN = (0.3, 1.7)  # of a field's standard deviation, by person
ASYMMETRY = 0.15
WIDTH, DEPTH = 0.1, 0.15  # logarithms of how wide and how deep a head is: standard deviations
STRENGTH = 0.3  # logarithm of how strongly a person makes an expression: standard deviation, by blendshape
STRENGTH_OF_PLACE = 0.25  # the same, by place and axis
PLACE_LENGTH = 0.7  # decimetres


@dataclass(frozen=True)
class RandomHead:
    """neutral (R, 3) and blendshapes (51, R, 3), decimetres: the rows of the face model's landmark table (`FaceModel.landmark_mean`)."""

    neutral: np.ndarray
    blendshapes: np.ndarray


class RandomHeads:
    """Draws heads around those of a face model."""

    def __init__(self, model: FaceModel) -> None:
        self.model = model
        self.fields = SmoothFields(model.landmark_mean)

    def draw(self, random: np.random.Generator) -> RandomHead:
        """A head; the same generator state gives the same one."""
        model, fields = self.model, self.fields
        coefficients = random.standard_normal(len(model.landmark_identity)) * IDENTITY * random.uniform(*UNEVEN)
        neutral = model.landmark_mean + np.tensordot(coefficients, model.landmark_identity, 1)
        for length, size in BENDS:
            neutral += fields.displacements(random, length, ASYMMETRY) * size * random.uniform(*BEND_UNEVEN)
        neutral[:, [0, 2]] *= np.exp(random.standard_normal(2) * (WIDTH, DEPTH))
        strength = np.exp(random.standard_normal((len(BLENDSHAPES), 1, 1)) * STRENGTH)
        of_place = np.exp(fields.symmetric(random, PLACE_LENGTH, 3) * STRENGTH_OF_PLACE)
        return RandomHead(neutral, model.landmark_blendshapes * strength * of_place)
