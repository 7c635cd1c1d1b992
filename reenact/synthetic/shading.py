"""From rasterised samples to pixels: colours, light and 8-bit sRGB."""

from __future__ import annotations

import numba
import numpy as np

from reenact.synthetic import face_colours
from reenact.synthetic.face_colours import eye_colour, mouth_colour, soft, tongue_colour, tooth_colour
from reenact.synthetic.raster import corner_weights

# Materials; the first three index the layers of the texture, eyes to tongue lie under lids or lips.
SKIN, EAR, HAIR, EYE, TEETH, MOUTH, TONGUE, LASHES, FRAME, LENS = range(10)
LAYERS = 3
SHADOW, SHADOW_DEPTH = 0.02, 0.5  # how far a lid or lip shades what lies under it, in parts of the picture, and how much
CORNEA, GLINT = 2.2, 1.1
TONES = 4096  # entries of the table from linear light to sRGB


@numba.njit(cache=True, error_model="numpy")
def shade(
    index,
    points,
    triangles,
    material,
    corner_uv,
    normals,
    occlusion,
    texture,
    lights,
    colours,
    ambient,
    gloss,
    face,
    background,
    tones,
    picture,
):
    """Fill picture (S, S, 3) uint8 sRGB from k·k samples a pixel; each triangle that a pixel shows is shaded once, amid its samples.

    index (S·k, S·k), points (V, 3) and triangles (T, 3): as in `rasterise`; material (T,); corner_uv (T, 3, 2): texels of the texture
    (columns wrap round), else what `face_colours` wants; normals (V, 3), occlusion (V,); texture (LAYERS, TH, TW, 3) uint8 sRGB;
    lights (L, 3) unit vectors towards them; colours (L, 3); ambient (3,); gloss (9,) by material, of hair in parts of its albedo;
    face (`face_colours.LENGTH`,): values of its colours; background (S, S, 3) linear; tones (TONES,): from linear light to sRGB.
    """
    side = picture.shape[0]
    factor = index.shape[0] // side
    samples = factor * factor
    seen = np.zeros(samples, np.int32)
    count = np.zeros(samples, np.int32)
    at = np.zeros((samples, 2))
    halfway = lights + np.array([0.0, 0.0, 1.0])
    for light in range(len(lights)):
        halfway[light] /= np.sqrt((halfway[light] ** 2).sum())
    # The cornea bulges out of the eyeball, so its reflections lie nearer to the pupil than the ball's would.
    glints = lights + np.array([0.0, 0.0, CORNEA])
    for light in range(len(lights)):
        glints[light] /= np.sqrt((glints[light] ** 2).sum())
    colour, total = np.zeros(3), np.zeros(3)
    for row in range(side):
        for column in range(side):
            different = 0
            for y in range(row * factor, (row + 1) * factor):
                for x in range(column * factor, (column + 1) * factor):
                    t, k = index[y, x], 0
                    while k < different and seen[k] != t:
                        k += 1
                    if k == different:
                        seen[k], count[k], at[k, 0], at[k, 1] = t, 0, 0.0, 0.0
                        different += 1
                    count[k] += 1
                    at[k, 0] += x
                    at[k, 1] += y
            total[:] = 0.0
            for k in range(different):
                t, share = seen[k], count[k] / samples
                if t < 0:
                    for c in range(3):
                        total[c] += share * background[row, column, c]
                    continue
                u, v, nx, ny, nz, open_sky = interpolate(
                    t, at[k, 0] / count[k], at[k, 1] / count[k], points, triangles, corner_uv, normals, occlusion
                )
                kind = material[t]
                if kind == HAIR and nz < 0:  # the inner side of long hair
                    nx, ny, nz, open_sky = -nx, -ny, -nz, 0.5 * open_sky
                if kind < LAYERS:
                    sample(texture, kind, u, v, colour)
                else:
                    bare_colour(kind, u, v, face, colour)
                    if kind <= TONGUE:
                        dim(colour, index, material, int(at[k, 0] / count[k]), int(at[k, 1] / count[k]))
                light_up(colour, kind, nx, ny, nz, open_sky, lights, halfway, colours, ambient, gloss[kind])
                if kind == EYE:
                    add_glints(colour, u, v, nx, ny, nz, face, glints, colours)
                for c in range(3):
                    total[c] += share * colour[c]
            for c in range(3):
                picture[row, column, c] = tones[min(max(int(total[c] * (TONES - 1) + 0.5), 0), TONES - 1)]


@numba.njit(cache=True, error_model="numpy")
def interpolate(t, x, y, points, triangles, corner_uv, normals, occlusion):
    """Texel u, v, the unit normal and the occlusion of triangle t at sample (x, y)."""
    w0, w1, w2 = corner_weights(points, triangles, t, x, y)
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    nx, ny, nz = unit_normal(a, b, c, w0, w1, w2, normals)
    open_sky = w0 * occlusion[a] + w1 * occlusion[b] + w2 * occlusion[c]
    u = w0 * corner_uv[t, 0, 0] + w1 * corner_uv[t, 1, 0] + w2 * corner_uv[t, 2, 0]
    v = w0 * corner_uv[t, 0, 1] + w1 * corner_uv[t, 1, 1] + w2 * corner_uv[t, 2, 1]
    return u, v, nx, ny, nz, open_sky


@numba.njit(cache=True, error_model="numpy")
def unit_normal(a, b, c, w0, w1, w2, normals):
    """The normal between a triangle's corners a, b, c with weights w0, w1, w2."""
    nx = w0 * normals[a, 0] + w1 * normals[b, 0] + w2 * normals[c, 0]
    ny = w0 * normals[a, 1] + w1 * normals[b, 1] + w2 * normals[c, 1]
    nz = w0 * normals[a, 2] + w1 * normals[b, 2] + w2 * normals[c, 2]
    shorten = 1 / (np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-6)
    return nx * shorten, ny * shorten, nz * shorten


@numba.njit(cache=True, error_model="numpy")
def bare_colour(kind, u, v, face, colour):
    """Fill colour (3,) with the linear albedo of a material without texture at (u, v)."""
    if kind == EYE:
        eye_colour(u, v, face, colour)
    elif kind == TEETH:
        tooth_colour(u, v, face, colour)
    elif kind == MOUTH:
        mouth_colour(u, v, face, colour)
    elif kind == TONGUE:
        tongue_colour(u, v, face, colour)
    else:
        first = face_colours.LASHES if kind == LASHES else face_colours.FRAME
        for k in range(3):
            colour[k] = face[first + k]


@numba.njit(cache=True, error_model="numpy")
def dim(colour, index, material, x, y):
    """Darken colour (3,) by the shadow of the lid or lip over sample (x, y), which fades with the distance from its edge."""
    reach = int(SHADOW * index.shape[0])
    for k in range(1, min(reach, y) + 1):
        t = index[y - k, x]
        if t >= 0 and material[t] == SKIN:
            share = 1 - SHADOW_DEPTH * (1 - (k - 1) / reach)
            for c in range(3):
                colour[c] *= share
            return


@numba.njit(cache=True, error_model="numpy")
def add_glints(colour, u, v, nx, ny, nz, face, glints, colours):
    """Add the lights' reflections in the cornea to colour (3,): a spot where the normal is nearly one of glints (L, 3)."""
    cornea = 1 - soft(0.9, 1.15, np.sqrt(u * u + v * v) / face[face_colours.IRIS_RADIUS])
    for light in range(len(glints)):
        facing = nx * glints[light, 0] + ny * glints[light, 1] + nz * glints[light, 2]
        glint = GLINT * cornea * soft(0.9930, 0.9985, facing)
        for c in range(3):
            colour[c] += glint * colours[light, c]


@numba.njit(cache=True, error_model="numpy")
def light_up(colour, kind, nx, ny, nz, open_sky, lights, halfway, colours, ambient, gloss):
    """Turn colour (3,) from albedo into the light that reaches the camera."""
    red, green, blue = ambient[0] * open_sky, ambient[1] * open_sky, ambient[2] * open_sky
    shine = 0.0
    # Light that enters skin leaves it elsewhere, red the farthest.
    wrap_red, wrap = (0.32, 0.18) if kind <= EAR else ((0.2, 0.2) if kind == HAIR else (0.0, 0.0))
    reach = 0.3 + 0.7 * open_sky
    for light in range(lights.shape[0]):
        cosine = nx * lights[light, 0] + ny * lights[light, 1] + nz * lights[light, 2]
        lit = reach * max(cosine + wrap, 0.0) / (1 + wrap)
        red += colours[light, 0] * reach * max(cosine + wrap_red, 0.0) / (1 + wrap_red)
        green += colours[light, 1] * lit
        blue += colours[light, 2] * lit
        half = max(nx * halfway[light, 0] + ny * halfway[light, 1] + nz * halfway[light, 2], 0.0)
        power = half**16
        if kind == EYE:
            power = power**4
        if kind == HAIR:
            # A band across strands that fall down along the surface; each shines as much as it is bright.
            along = (ny * half - halfway[light, 1]) / np.sqrt(1.02 - ny * ny)
            power = colour[1] * half * max(1 - along * along, 0.0) ** 16
        shine += gloss * power * colours[light, 1] * open_sky
    colour[0] = colour[0] * red + shine
    colour[1] = colour[1] * green + shine
    colour[2] = colour[2] * blue + shine


@numba.njit(cache=True, error_model="numpy")
def sample(texture, layer, u, v, albedo):
    """Fill albedo (3,) with the texture's linear colour at column u and row v, bilinear."""
    rows, columns = texture.shape[1], texture.shape[2]
    left, top = int(np.floor(u)), min(max(int(np.floor(v)), 0), rows - 2)
    fu, fv = u - left, min(max(v - top, 0.0), 1.0)
    if left < 0:
        left += columns
    elif left >= columns:
        left -= columns
    right = left + 1 if left + 1 < columns else 0
    for k in range(3):
        above = texture[layer, top, left, k] * (1 - fu) + texture[layer, top, right, k] * fu
        below = texture[layer, top + 1, left, k] * (1 - fu) + texture[layer, top + 1, right, k] * fu
        level = (above * (1 - fv) + below * fv) / 255
        # A cubic that lies within 0.003 of the sRGB curve.
        albedo[k] = level * (level * (level * 0.305306011 + 0.682171111) + 0.012522878)


def srgb_table() -> np.ndarray:
    """Table (TONES,) uint8 from linear light 0..1 to sRGB."""
    linear = np.arange(TONES) / (TONES - 1)
    return np.rint(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)).astype(np.uint8)


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """Linear light of sRGB values in 0..1."""
    srgb = np.clip(srgb, 0, 1)
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
