"""Neutral portraits: what LMTest's subjects would look like in a photograph."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from reenact.config.schema import Params
from reenact.face3d.headmodel import BLENDSHAPES, Camera, Person
from reenact.files import atomic_path
from reenact.progress import progress
from reenact.rendered import rendered
from reenact.synthetic.atlas import atlas
from reenact.synthetic.clothes import dress
from reenact.synthetic.figure import Figure
from reenact.synthetic.renderer import Renderer
from reenact.synthetic.scene import draw_scene
from reenact.synthetic.unseen_people import unseen_people


def neutral_portrait(params: Params, person: Person, name: str) -> np.ndarray:
    """A frontal portrait without expression, (S, S, 3) uint8 RGB, S = corpus.synthetic.image_size.

    name keys the draws of looks, light, clothes and background: the same person and name give the same picture.
    """
    size, supersampling = params.corpus.synthetic.image_size, params.corpus.synthetic.supersampling
    figure = Figure(person, rendered(params.data_seed, "looks", name))
    scene = draw_scene(rendered(params.data_seed, "scene", name), size)
    texture = dress(figure.texture, atlas(), rendered(params.data_seed, "clothes", name))
    return Renderer(size, supersampling).draw(figure, texture, scene, np.zeros(len(BLENDSHAPES)), np.zeros(3), Camera(size))


def write_portraits(params: Params, folder: Path) -> list[Path]:
    """Write FOLDER/lm00000.png and on, a portrait of each of LMTest's synthetic subjects, and return the paths."""
    paths = []
    for number, person in enumerate(
        progress(unseen_people(params.testsets.lmtest_subjects, params.data_seed), what="portraits", unit="face")
    ):
        name = f"lm{number:05d}"
        picture = neutral_portrait(params, person, name)
        path = folder / f"{name}.png"
        with atomic_path(path) as part:
            part.write_bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
        paths.append(path)
    return paths
