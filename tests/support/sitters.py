"""Rendered people to look at closely: one frame of a subject with any expression, and windows round its eyes and mouth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reenact.face3d.headmodel import BLENDSHAPES, Camera, head_model
from reenact.rendered import rendered
from reenact.synthetic.clip import subject_figure
from reenact.synthetic.figure import Figure
from reenact.synthetic.look import Look, draw_look
from reenact.synthetic.renderer import Renderer
from reenact.synthetic.scene import draw_scene

SEED = 1
RED, GREEN = np.array([0.5, 0.0, 0.0]), np.array([0.0, 0.5, 0.0])  # linear


def look(subject: str) -> Look:
    """A subject's looks, without the work of building the figure."""
    return draw_look(head_model().person(rendered(SEED, "identity", subject)), rendered(SEED, "looks", subject))


class Sitter:
    """A subject before the camera in one light."""

    def __init__(self, subject: str, size: int = 256) -> None:
        self.figure: Figure = subject_figure(SEED, subject)
        self.scene = draw_scene(rendered(SEED, "scene", subject), size)
        self.camera, self.renderer = Camera(size), Renderer(size, 2)

    def light_from(self, x: float) -> None:
        """Put the key light at the image's left (x below 0) or right, and switch the fill light off."""
        key = np.array([x, 0.35, 0.9])
        lights = np.stack([key / np.linalg.norm(key), self.scene.lights[1]])
        self.scene = replace(self.scene, lights=lights, colours=self.scene.colours * np.array([[1.0], [0.0]]))

    def picture(self, yaw: float = 0.0, **weights: float) -> np.ndarray:
        """The picture (size, size, 3) uint8 with the head turned by yaw degrees, and these blendshapes (both sides' at once)."""
        blendshapes, rotation = pose(yaw, weights)
        return self.renderer.draw(self.figure, self.figure.texture, self.scene, blendshapes, rotation, self.camera)

    def shows(self, first: int, yaw: float = 0.0, **weights: float) -> np.ndarray:
        """Mask (size, size) of the pixels that change with one of the face's colours, whose three values begin at `first`."""
        kept = self.figure.face.copy()
        pictures = []
        for colour in (RED, GREEN):
            self.figure.face[first : first + 3] = colour
            pictures.append(self.picture(yaw, **weights).astype(float))
        self.figure.face[:] = kept
        return np.abs(pictures[0] - pictures[1]).max(-1) > 12

    def window(self, points: slice, yaw: float = 0.0, **weights: float) -> np.ndarray:
        """The part of that picture round some of the 68 landmarks."""
        blendshapes, rotation = pose(yaw, weights)
        seen = self.figure.model.landmarks(self.figure.shape, blendshapes[None], rotation[None], self.camera)[0, points]
        (left, top), (right, bottom) = np.floor(seen.min(0)).astype(int) - 2, np.ceil(seen.max(0)).astype(int) + 3
        return self.picture(yaw, **weights)[top:bottom, left:right].astype(float)


def pose(yaw: float, weights: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Blendshapes (51,) and rotation (3,) in radians; a name without a side stands for both."""
    blendshapes = np.zeros(len(BLENDSHAPES))
    for place, name in enumerate(BLENDSHAPES):
        blendshapes[place] = weights.get(name, weights.get(name.removesuffix("Left").removesuffix("Right"), 0.0))
    return blendshapes, np.radians([yaw, 0.0, 0.0])
