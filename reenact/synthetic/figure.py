"""A subject ready to be drawn: the head's mesh with hair, materials, textures and occlusion."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from reenact.face3d.headmodel import HeadModel, Person, head_model
from reenact.face3d.headmodel.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from reenact.face3d.headmodel.mesh import PARTS
from reenact.face3d.headmodel.model import NECK_BOTTOM, NECK_TOP
from reenact.synthetic import shading
from reenact.synthetic.atlas import atlas, ear_vertices, split_quads, unrolled
from reenact.synthetic.brushes import to_bytes
from reenact.synthetic.flyaway import flyaway
from reenact.synthetic.hair import carried, curtain, hairline, paint_hair, shell_offset
from reenact.synthetic.look import draw_look
from reenact.synthetic.raster import ambient_occlusion, vertex_normals
from reenact.synthetic.ribbons import Sheet
from reenact.synthetic.skin import paint_skin
from reenact.synthetic.styles import bun, fringe

PART_MATERIAL = {
    "skin": shading.SKIN,
    "eye": shading.EYE,
    "teeth": shading.TEETH,
    "tongue": shading.MOUTH,
    "lashes": shading.LASHES,
    "mouth": shading.MOUTH,
    "socket": shading.MOUTH,
}
IRIS_RADIUS = 0.057
HIDDEN = 9.0  # decimetres from the pupil: the eyeball's back
SCLERA = np.array([0.80, 0.77, 0.74])
HAIR_SHINE = 0.07
INSIDE_OCCLUSION = {"teeth": 0.6, "tongue": 0.4, "mouth": 0.15, "lashes": 0.5}


class Parts:
    """What all subjects share: the head's triangles with material and texels, and which of them lie on the scalp."""

    def __init__(self, model: HeadModel) -> None:
        mesh = model.mesh
        ears = ear_vertices(model)
        self.triangles = split_quads(mesh.quads)
        part = np.tile(mesh.quad_part, 2)
        self.part = part
        material = np.array([PART_MATERIAL[name] for name in PARTS], np.int8)[part]
        material[(material == shading.SKIN) & ears[self.triangles].any(1)] = shading.EAR
        self.material = material
        self.corner_uv = unrolled(model.average, self.triangles)[..., :2]
        self._eyes(model)
        average = model.average[self.triangles]
        azimuth = np.arctan2(average[..., 0], average[..., 2] - 0.2)
        high = average[..., 1] - hairline(azimuth, 7.8, 0.3)
        scalp = (part == PARTS.index("skin")) & (material == shading.SKIN) & (high.max(1) > -0.1)
        self.scalp, shell = np.unique(self.triangles[scalp], return_inverse=True)
        self.shell = shell.reshape(-1, 3)
        self.shell_uv = self.corner_uv[scalp]

    def _eyes(self, model: HeadModel) -> None:
        eye = self.part == PARTS.index("eye")
        corner = model.average[self.triangles[eye]]
        left, right = model.average[model.left_eye].mean(0), model.average[model.right_eye].mean(0)
        centre = np.where((corner[..., :1] > 0), left, right)
        offset = corner - centre
        self.corner_uv[eye] = np.where(offset[..., 2:] > 0, offset[..., :2], HIDDEN)


@lru_cache(maxsize=1)
def parts() -> Parts:
    """The shared parts, made once per process."""
    return Parts(head_model())


class Figure:
    """One person, ready to be drawn.

    triangles (T, 3) int32, material (T,), two_sided (T,), corner_uv (T, 3, 2) float32, texture (LAYERS, ROWS, COLUMNS, 3) uint8 sRGB,
    occlusion (N,) float32, follows (N,), eye (7,), gloss (7,).
    """

    def __init__(self, person: Person, rng: np.random.Generator) -> None:
        """rng draws the looks: colours, hair, beard and the paint's irregularities."""
        self.model, shared = head_model(), parts()
        self.look = draw_look(person, rng)
        self.shape = self.model.shape(person.weights)
        self._paint(rng)
        self._assemble(shared, rng)
        self.eye = np.concatenate([[IRIS_RADIUS], shading.to_linear(self.look.iris), shading.to_linear(SCLERA * rng.uniform(0.94, 1.02))])
        self.gloss = np.array([rng.uniform(0.03, 0.09), 0.04, HAIR_SHINE / shading.to_linear(self.look.hair)[1], 0.8, 0.25, 0.15, 0.0])
        self._occlude(shared)

    def _paint(self, rng: np.random.Generator) -> None:
        bare = paint_skin(atlas(), self.look, rng)
        skin, strands = paint_hair(bare, atlas(), self.look, rng)
        self.texture = np.stack([to_bytes(layer) for layer in (skin, bare, strands)])

    def _assemble(self, shared: Parts, rng: np.random.Generator) -> None:
        """Head, shell and sheets of hair as one list of vertices and triangles."""
        model, look, count = self.model, self.look, len(self.shape)
        kept = (shared.part != PARTS.index("lashes")) | look.lashes
        triangles, material, uv = [shared.triangles[kept]], [shared.material[kept]], [shared.corner_uv[kept]]
        self.extra, self.source, self.offset, follows = np.zeros((0, 3)), np.zeros(0, int), np.zeros((0, 3)), [model.follows]
        if look.volume > 0:
            normals = np.zeros_like(self.shape)
            vertex_normals(self.shape, shared.triangles[shared.part == PARTS.index("skin")], normals)
            self.source = shared.scalp
            self.offset = normals[shared.scalp] * shell_offset(model.average[shared.scalp], look, rng)[:, None]
            triangles.append(shared.shell + count)
            uv.append(shared.shell_uv)
            follows.append(model.follows[shared.scalp])
            hair = self._loose_hair(normals[shared.scalp], rng)
            self.extra = np.concatenate([sheet.points for sheet in hair])
            height = np.clip((self.extra[:, 1] - NECK_BOTTOM) / (NECK_TOP - NECK_BOTTOM), 0, 1)
            follows.append(height * height * (3 - 2 * height))
            starts = count + len(self.source) + np.cumsum([0] + [len(sheet.points) for sheet in hair[:-1]])
            triangles += [sheet.triangles + start for sheet, start in zip(hair, starts, strict=True)]
            uv += [sheet.texels for sheet in hair]
        material += [np.full(len(part), shading.HAIR, np.int8) for part in triangles[1:]]
        self.triangles = np.ascontiguousarray(np.concatenate(triangles), np.int32)
        self.material = np.concatenate(material)
        self.corner_uv = np.ascontiguousarray(np.concatenate(uv), np.float32)
        self.two_sided = np.isin(self.material, (shading.LASHES, shading.HAIR))
        self.two_sided[kept.sum() :][: len(shared.shell)] = False  # the head fills the shell
        self.follows = np.concatenate(follows)

    def _loose_hair(self, outward: np.ndarray, rng: np.random.Generator) -> list[Sheet]:
        """Hair that stands on its own, on the person's head: long hair, fringe, bun and flyaways. outward (len(source), 3): normals."""
        look, sheets = self.look, []
        if look.length is not None:
            sheets.append(curtain(atlas(), look, look.length, rng))
        if look.bun:
            sheets.append(bun(rng))
        if look.fringe is not None:
            sheets.append(fringe(atlas(), look, look.fringe, rng))
        sheets = [replace(sheet, points=carried(sheet.points, self.model.average, self.shape)) for sheet in sheets]
        grown = (self.offset * outward).sum(1) > 0
        roots, normals = [(self.shape[self.source] + self.offset)[grown]], [outward[grown]]
        for sheet in sheets:
            normals.append(np.zeros_like(sheet.points))
            vertex_normals(sheet.points, sheet.triangles, normals[-1])
            roots.append(sheet.points)
        return [*sheets, flyaway(np.concatenate(roots), np.concatenate(normals), look, rng)]

    def vertices(self, blendshapes: np.ndarray) -> np.ndarray:
        """Vertices (N, 3) of head, shell and sheets of hair with blendshapes (51,), before the head turns."""
        head = self.model.express(self.shape, blendshapes)
        return np.concatenate([head, head[self.source] + self.offset, self.extra])

    def _occlude(self, shared: Parts) -> None:
        closed = np.zeros(len(BLENDSHAPES))
        closed[[BLENDSHAPE_INDEX["eyeBlinkLeft"], BLENDSHAPE_INDEX["eyeBlinkRight"]]] = 1
        # What an open eye's folds hide is lit once the eye closes.
        light = np.maximum(
            *(ambient_occlusion(self.vertices(blendshapes), self.triangles, 28) for blendshapes in (np.zeros(len(BLENDSHAPES)), closed))
        )
        light = np.clip(0.18 + 0.92 * light, 0, 1)
        for name, most in INSIDE_OCCLUSION.items():
            inside = np.unique(shared.triangles[shared.part == PARTS.index(name)])
            light[inside] = np.minimum(light[inside], most) if name == "mouth" else most
        eyes = np.concatenate([self.model.left_eye, self.model.right_eye])
        light[eyes] = np.clip(light[eyes], 0.6, 1)
        self.occlusion = light.astype(np.float32)
