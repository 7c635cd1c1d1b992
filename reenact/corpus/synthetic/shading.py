"""Shading of the rasterised picture in linear light, and its reduction to 8-bit sRGB."""

from __future__ import annotations

import numba
import numpy as np

# Materials; the first three index the layers of the texture.
SKIN, EAR, HAIR, EYE, TEETH, MOUTH, LASHES = range(7)
LAYERS = 3
TONES = 4096  # entries of the table from linear light to sRGB


@numba.njit(cache=True)
def shade(
    index, weights, triangles, material, corner_uv, normals, occlusion, texture, lights, colours, ambient, gloss, eye, background, out
):
    """Fill out (H, W, 3) with linear light.

    index, weights: from `rasterise`; material (T,); corner_uv (T, 3, 2): texels of the texture (columns wrap round), for eyes decimetres from
    the pupil; normals (V, 3), occlusion (V,); texture (LAYERS, TH, TW, 3); lights (L, 3) unit vectors towards them; colours (L, 3);
    ambient (3,); gloss (7,) by material; eye (7,): iris radius, iris RGB, sclera RGB; background (H, W, 3).
    """
    height, width = index.shape
    rows, columns = texture.shape[1], texture.shape[2]
    albedo = np.zeros(3, np.float32)
    for y in range(height):
        for x in range(width):
            t = index[y, x]
            if t < 0:
                for k in range(3):
                    out[y, x, k] = background[y, x, k]
                continue
            w0, w1 = weights[y, x, 0], weights[y, x, 1]
            w2 = 1 - w0 - w1
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            nx = w0 * normals[a, 0] + w1 * normals[b, 0] + w2 * normals[c, 0]
            ny = w0 * normals[a, 1] + w1 * normals[b, 1] + w2 * normals[c, 1]
            nz = w0 * normals[a, 2] + w1 * normals[b, 2] + w2 * normals[c, 2]
            length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-6
            nx, ny, nz = nx / length, ny / length, nz / length
            open_sky = w0 * occlusion[a] + w1 * occlusion[b] + w2 * occlusion[c]
            u = w0 * corner_uv[t, 0, 0] + w1 * corner_uv[t, 1, 0] + w2 * corner_uv[t, 2, 0]
            v = w0 * corner_uv[t, 0, 1] + w1 * corner_uv[t, 1, 1] + w2 * corner_uv[t, 2, 1]
            kind = material[t]
            if kind < LAYERS:
                if kind == HAIR and nz < 0:
                    nx, ny, nz = -nx, -ny, -nz
                    open_sky *= 0.5
                left, top = int(np.floor(u)), min(max(int(np.floor(v)), 0), rows - 2)
                fu, fv = u - left, min(max(v - top, 0.0), 1.0)
                left %= columns
                right = (left + 1) % columns
                for k in range(3):
                    above = texture[kind, top, left, k] * (1 - fu) + texture[kind, top, right, k] * fu
                    below = texture[kind, top + 1, left, k] * (1 - fu) + texture[kind, top + 1, right, k] * fu
                    albedo[k] = above * (1 - fv) + below * fv
            elif kind == EYE:
                eye_colour(u, v, eye, albedo)
            elif kind == TEETH:
                albedo[0], albedo[1], albedo[2] = 0.60, 0.55, 0.46
            elif kind == MOUTH:
                albedo[0], albedo[1], albedo[2] = 0.24, 0.05, 0.045
            else:
                albedo[0], albedo[1], albedo[2] = 0.012, 0.009, 0.008
            red, green, blue = ambient[0] * open_sky, ambient[1] * open_sky, ambient[2] * open_sky
            shine = 0.0
            scattering = kind <= EAR
            for light in range(lights.shape[0]):
                lx, ly, lz = lights[light, 0], lights[light, 1], lights[light, 2]
                cosine = nx * lx + ny * ly + nz * lz
                reach = 0.3 + 0.7 * open_sky
                # Light that enters skin leaves it elsewhere, red the farthest.
                wrap = 0.32 if scattering else (0.2 if kind == HAIR else 0.0)
                red += colours[light, 0] * reach * max(cosine + wrap, 0.0) / (1 + wrap)
                wrap *= 0.55 if scattering else 1.0
                green += colours[light, 1] * reach * max(cosine + wrap, 0.0) / (1 + wrap)
                blue += colours[light, 2] * reach * max(cosine + wrap, 0.0) / (1 + wrap)
                hx, hy, hz = lx, ly, lz + 1.0
                half = (nx * hx + ny * hy + nz * hz) / np.sqrt(hx * hx + hy * hy + hz * hz)
                if half > 0:
                    power = half * half
                    power *= power
                    power *= power
                    power *= power
                    if kind == EYE:
                        power *= power
                        power *= power
                    shine += gloss[kind] * power * colours[light, 1] * open_sky
            out[y, x, 0] = albedo[0] * red + shine
            out[y, x, 1] = albedo[1] * green + shine
            out[y, x, 2] = albedo[2] * blue + shine


@numba.njit(cache=True)
def eye_colour(dx, dy, eye, albedo):
    """Fill albedo (3,) of the eyeball at (dx, dy) decimetres from the pupil's centre."""
    radius = np.sqrt(dx * dx + dy * dy) / eye[0]
    if radius < 0.42:
        albedo[:] = 0.004
    elif radius < 1.0:
        fibres = 0.88 + 0.12 * np.sin(np.arctan2(dy, dx) * 21.0)
        rim = 1.0 if radius < 0.8 else 1.0 - 0.65 * (radius - 0.8) / 0.2
        for k in range(3):
            albedo[k] = eye[1 + k] * fibres * rim * (0.7 + 0.3 * radius)
    else:
        # The upper lid's shadow, and the sclera's redder corners.
        shadow = 1.0 - 0.35 * min(max(dy / 0.09, 0.0), 1.0)
        corner = min(max((radius - 1.4) / 1.6, 0.0), 1.0)
        albedo[0] = eye[4] * shadow
        albedo[1] = eye[5] * shadow * (1 - 0.3 * corner)
        albedo[2] = eye[6] * shadow * (1 - 0.3 * corner)


@numba.njit(cache=True)
def reduce_to_srgb(linear, tones, picture):
    """Fill picture (S, S, 3) uint8 with the means of the square blocks of linear (S·k, S·k, 3), through the table tones (TONES,)."""
    side = picture.shape[0]
    factor = linear.shape[0] // side
    for y in range(side):
        for x in range(side):
            for k in range(3):
                total = np.float32(0.0)
                for dy in range(factor):
                    for dx in range(factor):
                        total += linear[y * factor + dy, x * factor + dx, k]
                level = int(total / (factor * factor) * (TONES - 1) + 0.5)
                picture[y, x, k] = tones[min(max(level, 0), TONES - 1)]


def srgb_table() -> np.ndarray:
    """Table (TONES,) uint8 from linear light 0..1 to sRGB."""
    linear = np.arange(TONES) / (TONES - 1)
    return np.rint(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)).astype(np.uint8)


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """Linear light of sRGB values in 0..1."""
    srgb = np.clip(srgb, 0, 1)
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
