"""A z-buffer rasteriser and vertex normals, compiled by numba; strict IEEE arithmetic, so that every machine draws the same picture."""

from __future__ import annotations

import numba
import numpy as np

FAR = 1e9


@numba.njit(cache=True, error_model="numpy")
def rasterise(points, triangles, two_sided, depth, index):
    """Fill depth (H, W) float32 and index (H, W) int32 of the nearest triangle, -1 where there is none.

    points (V, 3): x, y in pixels, (0, 0) the centre of the top-left pixel, and depth, smaller is nearer; triangles (T, 3), anticlockwise
    seen from outside; two_sided (T,): whether the back is drawn too.
    """
    height, width = depth.shape
    depth[:] = FAR
    index[:] = -1
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, x1, y1, x2, y2 = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9 or (area > 0 and not two_sided[t]):
            continue
        left = max(int(np.ceil(min(x0, x1, x2))), 0)
        right = min(int(np.floor(max(x0, x1, x2))), width - 1)
        top = max(int(np.ceil(min(y0, y1, y2))), 0)
        bottom = min(int(np.floor(max(y0, y1, y2))), height - 1)
        if left > right or top > bottom:
            continue
        z0, z1, z2 = points[a, 2], points[b, 2], points[c, 2]
        # Barycentric weights and depth are linear in x: a value at the row's start and a step a pixel.
        step1, step2 = (y2 - y0) / area, (y0 - y1) / area
        step_z = step1 * (z1 - z0) + step2 * (z2 - z0)
        for y in range(top, bottom + 1):
            w1 = ((left - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
            w2 = ((x1 - x0) * (y - y0) - (left - x0) * (y1 - y0)) / area
            z = z0 + w1 * (z1 - z0) + w2 * (z2 - z0)
            inside = False
            for x in range(left, right + 1):
                if w1 >= 0 and w2 >= 0 and w1 + w2 <= 1:
                    inside = True
                    if z < depth[y, x]:
                        depth[y, x] = z
                        index[y, x] = t
                elif inside:  # the row leaves a triangle once
                    break
                w1 += step1
                w2 += step2
                z += step_z


@numba.njit(cache=True, error_model="numpy")
def corner_weights(points, triangles, t, x, y):
    """The barycentric weights of triangle t's three corners at pixel (x, y); points as in `rasterise`."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    x0, y0 = points[a, 0], points[a, 1]
    ux, uy, vx, vy = points[b, 0] - x0, points[b, 1] - y0, points[c, 0] - x0, points[c, 1] - y0
    inverse = 1 / (ux * vy - vx * uy)
    w1 = ((x - x0) * vy - vx * (y - y0)) * inverse
    w2 = (ux * (y - y0) - (x - x0) * uy) * inverse
    return 1 - w1 - w2, w1, w2


@numba.njit(cache=True, error_model="numpy")
def vertex_normals(vertices, triangles, normals):
    """Fill normals (V, 3), of unit length, with the area-weighted mean of the adjacent triangles' normals."""
    normals[:] = 0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for v in (a, b, c):
            normals[v, 0] += nx
            normals[v, 1] += ny
            normals[v, 2] += nz
    for v in range(normals.shape[0]):
        length = np.sqrt(normals[v, 0] ** 2 + normals[v, 1] ** 2 + normals[v, 2] ** 2) + 1e-12
        for k in range(3):
            normals[v, k] /= length


OCCLUSION_SIDE = 180  # pixels of the square depth pictures
OCCLUSION_SPAN = 4.4  # decimetres that they show
OCCLUSION_CENTRE = np.array([0.0, 6.9, 0.4])


def ambient_occlusion(vertices: np.ndarray, triangles: np.ndarray, directions: int) -> np.ndarray:
    """Share (V,) of the light from around and above, in 0..1, that reaches each vertex, from one depth picture per direction."""
    normals = np.zeros_like(vertices)
    vertex_normals(vertices, triangles, normals)
    depth = np.zeros((OCCLUSION_SIDE, OCCLUSION_SIDE), np.float32)
    index = np.zeros(depth.shape, np.int32)
    one_sided = np.zeros(len(triangles), bool)
    reached, possible = np.zeros(len(vertices)), np.full(len(vertices), 1e-6)
    for direction in sky_directions(directions):
        right = np.cross([0, 1, 0.001], direction)
        right /= np.linalg.norm(right)
        seen = (vertices - OCCLUSION_CENTRE) @ np.stack([right, -np.cross(direction, right), -direction], 1)
        seen[:, :2] = seen[:, :2] * OCCLUSION_SIDE / OCCLUSION_SPAN + OCCLUSION_SIDE / 2
        rasterise(seen, triangles, one_sided, depth, index)
        column, row = np.clip(np.rint(seen[:, :2]), 0, OCCLUSION_SIDE - 1).astype(int).T
        cosine = np.clip(normals @ direction, 0, 1)
        reached += cosine * (seen[:, 2] <= depth[row, column] + 0.03)
        possible += cosine
    return reached / possible


def sky_directions(count: int) -> np.ndarray:
    """Unit vectors (count, 3), evenly spread over the upper hemisphere and a part of the lower."""
    k = np.arange(count)
    up = 1 - (k + 0.5) / count * 1.5
    turn = k * 2.399963  # the golden angle
    across = np.sqrt(1 - up * up)
    return np.stack([across * np.cos(turn), up, across * np.sin(turn)], 1)
