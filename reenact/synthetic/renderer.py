"""Drawing one frame: pose, project, rasterise, shade."""

from __future__ import annotations

import numpy as np

from reenact.face3d.headmodel import Camera
from reenact.synthetic.figure import Figure
from reenact.synthetic.glasses import glaze
from reenact.synthetic.raster import rasterise, vertex_normals
from reenact.synthetic.scene import Scene
from reenact.synthetic.shading import shade, srgb_table


class Renderer:
    """Draws frames of one size, and keeps its buffers from frame to frame."""

    def __init__(self, size: int, supersampling: int) -> None:
        self.size, self.supersampling = size, supersampling
        self.side = side = size * supersampling
        self._depth = np.zeros((side, side), np.float32)
        self._index = np.zeros((side, side), np.int32)
        self._lens_depth, self._lens_index = np.empty_like(self._depth), np.empty_like(self._index)
        self._tones = srgb_table()

    def draw(
        self, figure: Figure, texture: np.ndarray, scene: Scene, blendshapes: np.ndarray, rotation: np.ndarray, camera: Camera
    ) -> np.ndarray:
        """The picture (size, size, 3) uint8 RGB of a figure with its dressed texture.

        blendshapes (51,), rotation (3,) in radians, and the camera of this one frame.
        """
        vertices = figure.model.turn(figure.vertices(blendshapes)[None], rotation[None], figure.follows)
        pixels, depth = Camera(self.side, camera.scale, camera.shift_x, camera.shift_y).project(vertices)
        points = np.concatenate([pixels[0], depth[0][:, None]], 1)
        rasterise(points, figure.triangles, figure.two_sided, self._depth, self._index)
        normals = np.zeros_like(vertices[0])
        vertex_normals(vertices[0], figure.triangles, normals)
        picture = np.empty((self.size, self.size, 3), np.uint8)
        shade(
            self._index,
            points,
            figure.triangles,
            figure.material,
            figure.corner_uv,
            normals,
            figure.occlusion,
            texture,
            scene.lights,
            scene.colours,
            scene.ambient,
            figure.gloss,
            figure.face,
            scene.background,
            self._tones,
            picture,
        )
        if len(figure.lenses) > 0:
            self._glaze(figure, scene, vertices[0], points, picture)
        return picture

    def _glaze(self, figure: Figure, scene: Scene, vertices: np.ndarray, points: np.ndarray, picture: np.ndarray) -> None:
        """Add what the lenses of glasses reflect: light laid over the finished picture."""
        depth, index = self._lens_depth, self._lens_index
        rasterise(points, figure.lenses, np.zeros(len(figure.lenses), bool), depth, index)
        normals = np.zeros_like(vertices)
        vertex_normals(vertices, figure.lenses, normals)
        glaze(self._depth, depth, index, points, figure.lenses, normals, scene.lights, scene.colours, self._tones, picture)
