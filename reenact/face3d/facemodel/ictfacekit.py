"""Face models in ICT-FaceKit's published format: a neutral mesh, identity modes and expressions as OBJ files of one topology.

FaceXModel/generic_neutral_mesh.obj; identity000.obj and on, the neutral mesh plus one standard deviation of each mode; an OBJ for each
expression, by ARKit's names with _L and _R for the subject's left and right; vertex_indices.json, whose "idx_to_landmark_verts" are the
68 vertices of the landmarks in dlib's order. Axes: x to the subject's left, y up, z forwards. (https://github.com/ICT-VGL/ICT-FaceKit;
its light model is published under the MIT licence.)
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reenact.errors import ReenactError
from reenact.face3d.facemodel.contour import sliding_table
from reenact.face3d.facemodel.model import FaceModel
from reenact.face3d.headmodel import BLENDSHAPES, head_model
from reenact.face3d.headmodel.mesh import cached_arrays
from reenact.faces.layout68 import JAW_POINTS, OUTER_EYES, POINTS
from reenact.files import read_json, sha256_file, sha256_json

FOLDER = "FaceXModel"
NEUTRAL = "generic_neutral_mesh.obj"
INDICES = "vertex_indices.json"
LANDMARKS = "idx_to_landmark_verts"
HALVES = ("browInnerUp", "cheekPuff")  # one blendshape of ARKit, two of ICT-FaceKit
# Named after what they do to the mouth and the jaw, not after the half of the face that they move.
WHOLE = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")
INNER = slice(JAW_POINTS, POINTS)  # landmarks that a frontal view ties to the surface: all but the jaw's
FORMAT = "2"  # of the cached arrays: raise it when what is parsed below changes
REMEDY = "download the folder FaceXModel of https://github.com/ICT-VGL/ICT-FaceKit whole"


def ict_model(folder: Path) -> FaceModel:
    """The face model in `folder`, which holds FaceXModel/ or its files.

    Brought into the head model's frame by its 51 landmarks inside the face: turned and moved onto those of the head model's mean person,
    and scaled to the same distance between the outer corners of the eyes. The jaw slides as `sliding_table` has it. Parsed once (some
    seconds) and then read from a cache file named by the hash of every file's bytes, of which `name` has the beginning.
    Raises ReenactError where a file is missing, broken or does not fit the others.
    """
    files = model_files(folder)
    key = sha256_json([FORMAT, {name: sha256_file(path) for name, path in files.items()}])
    arrays = cached_arrays(f"facemodel-ict-{key[:16]}", lambda: parse(files))
    landmarks = arrays["landmarks"]
    turn, scale, shift = frame_change(arrays["neutral"][landmarks])
    mean = scale * arrays["neutral"] @ turn.T + shift
    identity, blendshapes = ((scale * arrays[name] @ turn.T).astype(np.float32) for name in ("identity", "blendshapes"))
    return FaceModel(f"ict-facekit-{key[:8]}", mean, identity, blendshapes, sliding_table(mean, landmarks.tolist()))


def model_files(folder: Path) -> dict[str, Path]:
    """The files of a model by their role: ``neutral``, ``indices``, ``identity/<number>``, ``blendshape/<name>``."""
    inside = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    if not inside.is_dir():
        raise ReenactError(f"face_model: there is no folder {folder}; {REMEDY} and name it there, or set face_model to anny.")
    files = {"neutral": inside / NEUTRAL, "indices": inside / INDICES}
    number = 0
    while number == 0 or (inside / f"identity{number:03d}.obj").is_file():
        files[f"identity/{number:03d}"] = inside / f"identity{number:03d}.obj"
        number += 1
    for name in (part for blendshape in BLENDSHAPES for part in expressions(blendshape)):
        files[f"blendshape/{name}"] = inside / f"{name}.obj"
    missing = [path.name for path in files.values() if not path.is_file()]
    if missing:
        more = f" and {len(missing) - 1} more files" if len(missing) > 1 else ""
        raise ReenactError(f"face_model: {inside} has no {missing[0]}{more}; {REMEDY}.")
    return files


def expressions(blendshape: str) -> list[str]:
    """The expressions of ICT-FaceKit whose sum is a blendshape: mouthSmileLeft -> mouthSmile_L, cheekPuff -> cheekPuff_L, cheekPuff_R."""
    if blendshape in HALVES:
        return [f"{blendshape}_L", f"{blendshape}_R"]
    if blendshape in WHOLE:
        return [blendshape]
    for side in ("Left", "Right"):
        if blendshape.endswith(side):
            return [f"{blendshape.removesuffix(side)}_{side[0]}"]
    return [blendshape]


def parse(files: dict[str, Path]) -> dict[str, np.ndarray]:
    """neutral (V, 3); displacements identity (K, V, 3) and blendshapes (51, V, 3); landmarks (68,) vertices. float32, the files' frame."""
    neutral = vertices(files["neutral"])

    def displacement(name: str) -> np.ndarray:
        moved = vertices(files[name])
        if moved.shape != neutral.shape:
            raise ReenactError(f"{files[name]} has {len(moved)} vertices, but {files['neutral'].name} has {len(neutral)}; {REMEDY}.")
        return (moved - neutral).astype(np.float32)

    return {
        "neutral": neutral.astype(np.float32),
        "identity": np.stack([displacement(name) for name in files if name.startswith("identity/")]),
        "blendshapes": np.stack(
            [sum(displacement(f"blendshape/{name}") for name in expressions(blendshape)) for blendshape in BLENDSHAPES]
        ),
        "landmarks": landmark_vertices(files["indices"], len(neutral)),
    }


def vertices(path: Path) -> np.ndarray:
    """Vertex positions (V, 3) float64 of an OBJ file, in its order; ReenactError naming it where there are none."""
    rows = [line.split()[1:4] for line in path.read_bytes().splitlines() if line.startswith(b"v ")]
    try:
        positions = np.array(rows, np.float64)
    except ValueError:
        positions = np.zeros(0)
    if positions.ndim != 2 or positions.shape[1] != 3 or not np.isfinite(positions).all():
        raise ReenactError(f"{path} is no OBJ file with vertices (lines `v x y z`); download the face model again.")
    return positions


def landmark_vertices(path: Path, count: int) -> np.ndarray:
    """The 68 vertex numbers in vertex_indices.json, each below `count`."""
    try:
        numbers = read_json(path, f"{REMEDY}.")[LANDMARKS]
    except (KeyError, TypeError):
        raise ReenactError(f'{path} is no JSON object with the key "{LANDMARKS}"; {REMEDY}.') from None
    whole = isinstance(numbers, list) and all(isinstance(number, int) and 0 <= number < count for number in numbers)
    if not whole or len(numbers) != POINTS:
        raise ReenactError(f'{path}: "{LANDMARKS}" must be {POINTS} vertex numbers below {count}, the vertices of {NEUTRAL}; {REMEDY}.')
    return np.array(numbers)


def frame_change(landmarks: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Rotation (3, 3), scale and shift (3,) that take the 68 landmarks of a mesh onto those of the head model's mean person."""
    head = head_model()
    goal = head.table.fixed @ head.average[head.table.vertices]

    def eyes(points: np.ndarray) -> float:
        return float(np.linalg.norm(points[OUTER_EYES[0]] - points[OUTER_EYES[1]]))

    centre, goal_centre = landmarks[INNER].mean(0), goal[INNER].mean(0)
    left, _, right = np.linalg.svd((goal[INNER] - goal_centre).T @ (landmarks[INNER] - centre))
    turn = left @ np.diag([1.0, 1.0, np.linalg.det(left @ right)]) @ right
    scale = eyes(goal) / eyes(landmarks)
    return turn, scale, goal_centre - scale * turn @ centre
