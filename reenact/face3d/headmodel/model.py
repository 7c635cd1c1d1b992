"""The head model: from an identity, blendshapes and a head rotation to vertices and landmarks."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from reenact.errors import ReenactError
from reenact.face3d.headmodel.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from reenact.face3d.headmodel.identity import Person, Sliders
from reenact.face3d.headmodel.mesh import PARTS, HeadMesh, load_mesh
from reenact.face3d.headmodel.mesh_landmarks import head_table
from reenact.face3d.headmodel.pose import Camera, rotation_matrices
from reenact.faces.layout68 import POINTS

NECK_PIVOT = np.array([0.0, 6.35, 0.15])  # decimetres: the head turns about this point
NECK_BOTTOM, NECK_TOP = 5.5, 6.5  # heights (tilted forwards) between which the neck follows the head more and more
CHUNK_FRAMES = 512
# MakeHuman's mean face looks stern: a little of these blendshapes is part of every neutral face.
RELAXED = {"mouthSmileLeft": 0.14, "mouthSmileRight": 0.14, "browInnerUp": 0.12}


class HeadModel:
    """Geometry of human heads: one mesh, linear in identity targets and in blendshapes, with a turning neck.

    Lengths are in decimetres. Axes: x towards the image's right in a frontal view, y up, z towards the camera.
    """

    def __init__(self, mesh: HeadMesh) -> None:
        self.mesh = mesh
        self.sliders = Sliders(list(map(str, mesh.target_names)))
        self.table = head_table(mesh.vertex_id)
        self.blendshapes = BLENDSHAPES
        self._landmark_blendshapes = mesh.blendshapes[:, self.table.vertices].reshape(len(BLENDSHAPES), -1).astype(np.float64)
        eyes = np.unique(mesh.quads[mesh.quad_part == PARTS.index("eye")])
        self.left_eye, self.right_eye = (eyes[np.sign(mesh.base[eyes, 0]) == side] for side in (1, -1))
        self._base = mesh.base + sum(share * mesh.blendshapes[BLENDSHAPE_INDEX[blendshape]] for blendshape, share in RELAXED.items())
        self._eye_centre = self._eyes(self._sculpt(self.sliders.average()))
        self.average = self.shape(self.sliders.average())
        height = self.average[:, 1] + 0.45 * self.average[:, 2]
        ramp = np.clip((height - NECK_BOTTOM) / (NECK_TOP - NECK_BOTTOM), 0, 1)
        self.follows = ramp * ramp * (3 - 2 * ramp)

    def _eyes(self, shape: np.ndarray) -> np.ndarray:
        return (shape[self.left_eye].mean(0) + shape[self.right_eye].mean(0)) / 2

    def person(self, seed: int | np.random.Generator) -> Person:
        """A random person; a whole number seeds a new generator, so that equal seeds give equal people."""
        return self.sliders.draw(np.random.default_rng(seed))

    def shape(self, weights: np.ndarray) -> np.ndarray:
        """Neutral vertices (V, 3) float64 for weights (T,) of the identity targets, moved so that the eyes' midpoint stays in place."""
        shape = self._sculpt(weights)
        return shape + (self._eye_centre - self._eyes(shape))

    def _sculpt(self, weights: np.ndarray) -> np.ndarray:
        moves = weights.astype(np.float32) @ self.mesh.targets.reshape(len(weights), -1)
        return self._base + moves.reshape(-1, 3).astype(np.float64)

    def identity(self, seed: int | np.random.Generator) -> np.ndarray:
        """Neutral vertices (V, 3) float64 of a random person (`person`)."""
        return self.shape(self.person(seed).weights)

    def express(self, shape: np.ndarray, blendshapes: np.ndarray) -> np.ndarray:
        """Vertices (V, 3) of one frame: neutral vertices (V, 3) plus blendshapes (51,) times their displacements."""
        active = np.flatnonzero(blendshapes)
        moves = np.asarray(blendshapes, np.float32)[active] @ self.mesh.blendshapes.reshape(len(BLENDSHAPES), -1)[active]
        return shape + moves.reshape(-1, 3)

    def turn(self, vertices: np.ndarray, rotation: np.ndarray, follows: np.ndarray) -> np.ndarray:
        """Turn vertices (F, V, 3) by rotation (F, 3) radians about the neck; follows (V,) is 1 on the head and 0 on the shoulders."""
        from_pivot = vertices - NECK_PIVOT
        turned = from_pivot @ np.swapaxes(rotation_matrices(rotation), -1, -2)
        return vertices + follows[:, None] * (turned - from_pivot)

    def landmarks(self, shape: np.ndarray, blendshapes: np.ndarray, rotation: np.ndarray, camera: Camera) -> np.ndarray:
        """The 68 landmarks (F, 68, 2) float32, in pixels of the camera's picture, (0, 0) the centre of the top-left pixel.

        shape (V, 3) neutral vertices; blendshapes (F, 51) weights in the order of `BLENDSHAPES`; rotation (F, 3) yaw, pitch, roll in
        radians (`rotation_matrices`); camera: one for all frames, or with one value per frame. ReenactError where shapes do not fit.
        """
        blendshapes, rotation = np.asarray(blendshapes, np.float64), np.asarray(rotation, np.float64)
        frames = len(blendshapes)
        if blendshapes.shape != (frames, len(BLENDSHAPES)) or rotation.shape != (frames, 3):
            raise ReenactError(
                f"Head model: blendshapes must be (F, {len(BLENDSHAPES)}) and rotation (F, 3); "
                f"they are {blendshapes.shape} and {rotation.shape}."
            )
        used = self.table.vertices
        landmarks = np.empty((frames, POINTS, 2), np.float32)
        for start in range(0, frames, CHUNK_FRAMES):
            part = slice(start, min(start + CHUNK_FRAMES, frames))
            vertices = shape[used] + (blendshapes[part] @ self._landmark_blendshapes).reshape(-1, len(used), 3)
            turned = self.turn(vertices, rotation[part], self.follows[used])
            pixels, _ = camera_part(camera, part).project(turned)
            landmarks[part] = self.table.from_vertices(pixels, rotation[part, 0])
        return landmarks


def camera_part(camera: Camera, part: slice) -> Camera:
    """The camera of a range of frames."""

    def of_part(value: float | np.ndarray) -> float | np.ndarray:
        return value[part] if isinstance(value, np.ndarray) and value.size > 1 else value

    return Camera(camera.size, of_part(camera.scale), of_part(camera.shift_x), of_part(camera.shift_y))


@lru_cache(maxsize=1)
def head_model() -> HeadModel:
    """The head model, loaded once per process."""
    return HeadModel(load_mesh())
