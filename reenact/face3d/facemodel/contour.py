"""The jaw's landmarks of a mesh that names one vertex for each: on the receding side they slide over the cheek as the head turns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reenact.face3d.headmodel.mesh_landmarks import LandmarkTable
from reenact.face3d.headmodel.pose import rotation_matrices
from reenact.faces.layout68 import OUTER_EYES

YAW_DEGREES = (-30, -20, -10, 0, 10, 20, 30)
RIGHT_SIDE, LEFT_SIDE = range(0, 7), range(10, 17)  # of the subject; the chin, between, is seen whichever way the head turns
HEIGHT_BAND = 0.03  # a point slides to vertices within this many outer-eye distances of its own height


def sliding_table(mean: np.ndarray, landmarks: Sequence[int]) -> LandmarkTable:
    """The landmark table of a mesh (V, 3), in the head model's axes, with one vertex for each of the 68 landmarks.

    The rule for each of `YAW_DEGREES`: on the side that turns away from the camera, a point lies on the outline of the face, that is, at
    the vertex outermost in the view among those at its height that are no farther back on the head than its own vertex.
    """
    band = HEIGHT_BAND * np.linalg.norm(mean[landmarks[OUTER_EYES[0]]] - mean[landmarks[OUTER_EYES[1]]])
    jaw = {}
    for degrees in YAW_DEGREES:
        rows = [[vertex] for vertex in landmarks[:17]]
        across = mean @ rotation_matrices(np.radians([degrees, 0.0, 0.0]))[0]
        for point in LEFT_SIDE if degrees > 0 else RIGHT_SIDE if degrees < 0 else ():
            own = mean[landmarks[point]]
            candidates = np.flatnonzero((np.abs(mean[:, 1] - own[1]) <= band) & (mean[:, 2] >= own[2]))
            rows[point] = [int(candidates[np.argmax(across[candidates] * np.sign(degrees))])]
        jaw[degrees] = rows
    return LandmarkTable([[vertex] for vertex in landmarks], jaw)
