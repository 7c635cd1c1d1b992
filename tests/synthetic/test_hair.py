"""Hair: strands break its outline, it turns with the head and keeps still in the face's expressions, and styles vary."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest

from reenact.face3d.headmodel import BLENDSHAPES, Camera, head_model
from reenact.rendered import rendered
from reenact.synthetic.clip import subject_figure
from reenact.synthetic.figure import Figure
from reenact.synthetic.look import Look, draw_look
from reenact.synthetic.raster import rasterise

SIDE = 256
STILL = np.zeros(len(BLENDSHAPES))


@cache
def looks() -> dict[str, Look]:
    """The looks of sixty people, by name."""
    names = [f"look{number}" for number in range(60)]
    return {name: draw_look(head_model().person(rendered(1, "identity", name)), rendered(1, "looks", name)) for name in names}


@cache
def figures() -> dict[str, Figure]:
    """The first people of each kind of hair."""
    kinds: dict[str, Callable[[Look], bool]] = {
        "bald": lambda look: look.volume == 0,
        "short": lambda look: look.volume > 0.08 and look.length is None and not look.bun,
        "long": lambda look: look.length is not None,
        "bun": lambda look: look.bun,
        "fringe": lambda look: look.fringe is not None,
    }
    return {kind: subject_figure(1, next(name for name, look in looks().items() if fits(look))) for kind, fits in kinds.items()}


def turned(figure: Figure, rotation: np.ndarray) -> np.ndarray:
    """Vertices (N, 3) of the head and its hair, turned by (3,) radians."""
    return figure.model.turn(figure.vertices(STILL)[None], rotation[None], figure.follows)[0]


def silhouette(figure: Figure) -> np.ndarray:
    """Where the head above the mouth is, (SIDE, SIDE) uint8."""
    pixels, depth = Camera(SIDE).project(turned(figure, np.zeros(3))[None])
    near, index = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.int32)
    rasterise(np.concatenate([pixels[0], depth[0][:, None]], 1), figure.triangles, figure.two_sided, near, index)
    return (index >= 0).astype(np.uint8)[: SIDE * 6 // 10]


def outline(mask: np.ndarray) -> float:
    return sum(cv2.arcLength(contour, True) for contour in cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0])


@pytest.mark.parametrize("kind", ["short", "long", "bun", "fringe"])
def test_strands_break_the_outline_of_hair(kind):
    """The outline is longer than that of the head without what is as fine as strands; a bald head's is not."""

    def roughness(figure: Figure) -> float:
        mask = silhouette(figure)
        return outline(mask) / outline(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((7, 7))))

    assert roughness(figures()["bald"]) < 1.05
    assert roughness(figures()[kind]) > 1.25


@pytest.mark.parametrize("kind", ["short", "long", "bun", "fringe"])
def test_hair_turns_with_the_head_as_if_fixed_to_it(kind):
    figure = figures()[kind]
    face = np.arange(len(figure.shape))[figure.model.follows == 1]
    hair = np.arange(len(figure.follows) - len(figure.extra), len(figure.follows))[figure.follows[-len(figure.extra) :] == 1]
    assert len(hair) > 0.5 * len(figure.extra) > 1000
    before, after = turned(figure, np.zeros(3)), turned(figure, np.radians([25.0, 10.0, 5.0]))
    partner = np.random.default_rng(1).choice(face, len(hair))
    distance = [np.linalg.norm(vertices[partner] - vertices[hair], axis=1) for vertices in (before, after)]
    np.testing.assert_allclose(distance[0], distance[1], atol=1e-4)
    assert np.abs(after[hair] - before[hair]).max() > 0.2


def test_loose_hair_keeps_still_while_the_face_moves():
    figure = figures()["fringe"]
    speaking = np.random.default_rng(1).uniform(0, 1, len(BLENDSHAPES))
    first = len(figure.shape) + len(figure.source)
    hair = slice(first, first + len(figure.extra))
    np.testing.assert_array_equal(figure.vertices(speaking)[hair], figure.vertices(STILL)[hair])


def test_the_same_seed_gives_the_same_hair_and_styles_vary():
    name = next(name for name, look in looks().items() if look.fringe is not None)
    one, other = subject_figure(1, name), subject_figure(1, name)
    for mine, others in ((one.extra, other.extra), (one.texture, other.texture), (one.triangles, other.triangles)):
        np.testing.assert_array_equal(mine, others)
    everyone = looks().values()
    for share in (
        np.mean([look.fringe is not None for look in everyone]),
        np.mean([look.length is not None for look in everyone]),
        np.mean([look.wave > 0.6 for look in everyone]),
        np.mean([look.bun for look in everyone]),
    ):
        assert 0.05 < share < 0.6
