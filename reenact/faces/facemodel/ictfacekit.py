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
from reenact.faces.facemodel.cache import cached_arrays
from reenact.faces.facemodel.contour import OUTER_EYES, sliding_table
from reenact.faces.facemodel.model import FaceModel
from reenact.faces.facemodel.obj import vertices
from reenact.faces.headmodel import UNITS, head_model
from reenact.files import read_json, sha256_file, sha256_json

FOLDER = "FaceXModel"
NEUTRAL = "generic_neutral_mesh.obj"
INDICES = "vertex_indices.json"
LANDMARKS = "idx_to_landmark_verts"
HALVES = ("browInnerUp", "cheekPuff")  # one unit of ARKit, two of ICT-FaceKit
# Named after what they do to the mouth and the jaw, not after the half of the face that they move.
WHOLE = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")
INNER = slice(17, 68)  # landmarks that a frontal view ties to the surface: all but the jaw's
FORMAT = "1"  # of the cached arrays: raise it when what is parsed below changes
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
    identity, units = ((scale * arrays[name] @ turn.T).astype(np.float32) for name in ("identity", "units"))
    return FaceModel(f"ict-facekit-{key[:8]}", mean, identity, units, sliding_table(mean, landmarks.tolist()))


def model_files(folder: Path) -> dict[str, Path]:
    """The files of a model by their role: ``neutral``, ``indices``, ``identity/<number>``, ``unit/<name>``."""
    inside = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    if not inside.is_dir():
        raise ReenactError(f"face_model: there is no folder {folder}; {REMEDY} and name it there, or set face_model to anny.")
    files = {"neutral": inside / NEUTRAL, "indices": inside / INDICES}
    number = 0
    while number == 0 or (inside / f"identity{number:03d}.obj").is_file():
        files[f"identity/{number:03d}"] = inside / f"identity{number:03d}.obj"
        number += 1
    for name in (part for unit in UNITS for part in expressions(unit)):
        files[f"unit/{name}"] = inside / f"{name}.obj"
    missing = [path.name for path in files.values() if not path.is_file()]
    if missing:
        more = f" and {len(missing) - 1} more files" if len(missing) > 1 else ""
        raise ReenactError(f"face_model: {inside} has no {missing[0]}{more}; {REMEDY}.")
    return files


def expressions(unit: str) -> list[str]:
    """The expressions of ICT-FaceKit whose sum is one of `UNITS`: mouthSmileLeft -> mouthSmile_L, cheekPuff -> cheekPuff_L, cheekPuff_R."""
    if unit in HALVES:
        return [f"{unit}_L", f"{unit}_R"]
    if unit in WHOLE:
        return [unit]
    for side in ("Left", "Right"):
        if unit.endswith(side):
            return [f"{unit.removesuffix(side)}_{side[0]}"]
    return [unit]


def parse(files: dict[str, Path]) -> dict[str, np.ndarray]:
    """neutral (V, 3), identity (K, V, 3) and units (51, V, 3) displacements, float32 in the files' own frame; landmarks (68,) vertices."""
    neutral = vertices(files["neutral"])

    def displacement(name: str) -> np.ndarray:
        moved = vertices(files[name])
        if moved.shape != neutral.shape:
            raise ReenactError(f"{files[name]} has {len(moved)} vertices, but {files['neutral'].name} has {len(neutral)}; {REMEDY}.")
        return (moved - neutral).astype(np.float32)

    return {
        "neutral": neutral.astype(np.float32),
        "identity": np.stack([displacement(name) for name in files if name.startswith("identity/")]),
        "units": np.stack([sum(displacement(f"unit/{name}") for name in expressions(unit)) for unit in UNITS]),
        "landmarks": landmark_vertices(files["indices"], len(neutral)),
    }


def landmark_vertices(path: Path, count: int) -> np.ndarray:
    """The 68 vertex numbers in vertex_indices.json, each below `count`."""
    try:
        numbers = read_json(path, f"{REMEDY}.")[LANDMARKS]
    except (KeyError, TypeError):
        raise ReenactError(f'{path} is no JSON object with the key "{LANDMARKS}"; {REMEDY}.') from None
    whole = isinstance(numbers, list) and all(isinstance(number, int) and 0 <= number < count for number in numbers)
    if not whole or len(numbers) != 68:
        raise ReenactError(f'{path}: "{LANDMARKS}" must be 68 vertex numbers below {count}, the vertices of {NEUTRAL}; {REMEDY}.')
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
