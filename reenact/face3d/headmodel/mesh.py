"""The head's part of the MakeHuman mesh with its morph targets as dense arrays, parsed once and then read from a cache."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reenact.face3d.headmodel.blendshapes import BLENDSHAPES
from reenact.face3d.headmodel.makehuman_files import ObjMesh, data_folder, read_obj, read_target
from reenact.files import atomic_path, reading

FORMAT = "2"  # of the cached arrays: raise it when what is parsed below changes
LOWEST = 4.3  # decimetres: below this height the body is outside every picture
WIDEST = 2.6
ANCESTRIES = ("caucasian", "african", "asian")
GENDERS = ("female", "male")
AGES = ("young", "old")
REGIONS = ("head", "nose", "mouth", "chin", "eyes", "cheek", "forehead", "eyebrows", "ears", "neck", "asym")
HELPERS = {
    "helper-l-eye": "eye",
    "helper-r-eye": "eye",
    "helper-upper-teeth": "teeth",
    "helper-lower-teeth": "teeth",
    "helper-tongue": "tongue",
    **{f"helper-{side}-eyelashes-{row}": "lashes" for side in "lr" for row in (1, 2)},
}
PARTS = ("skin", "eye", "teeth", "tongue", "lashes", "mouth", "socket")


@dataclass(frozen=True)
class HeadMesh:
    """The parsed head.

    base (V, 3) float32 positions in decimetres; quads (Q, 4) int32; quad_uv (Q, 4, 2) float32; quad_part (Q,) int8 index into `PARTS`;
    vertex_id (V,) int32 MakeHuman's id of each kept vertex; target_names (T,) and targets (T, V, 3) float32 displacements of the identity's
    morph targets; blendshapes (51, V, 3) float32 displacements of the blendshapes in the order of `BLENDSHAPES`.
    """

    base: np.ndarray
    quads: np.ndarray
    quad_uv: np.ndarray
    quad_part: np.ndarray
    vertex_id: np.ndarray
    target_names: np.ndarray
    targets: np.ndarray
    blendshapes: np.ndarray


NPZ_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


def load_mesh() -> HeadMesh:
    """The head mesh, from the cache folder (`$XDG_CACHE_HOME` or `~/.cache`, then `reenact/`) or parsed (some seconds) and stored there.

    The cache file is named by the hash of every source file's bytes, and written atomically: two processes may build it at once.
    """
    files = source_files(data_folder())
    raw = {name: path.read_bytes() for name, path in files.items()}
    digest = hashlib.sha256(FORMAT.encode())
    for name in sorted(raw):
        digest.update(name.encode() + hashlib.sha256(raw[name]).digest())
    cached = cache_folder() / f"headmesh-{digest.hexdigest()[:16]}.npz"
    if not cached.is_file():
        mesh = parse_mesh(files["base"], {name: data for name, data in raw.items() if name != "base"})
        with atomic_path(cached) as part:
            np.savez(part, **vars(mesh))
    return HeadMesh(**read_arrays(cached))


def cached_arrays(name: str, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The arrays of `make`, from the cache file NAME.npz, or made and written there atomically. The name must say all that decides them."""
    path = cache_folder() / f"{name}.npz"
    if not path.is_file():
        arrays: dict[str, Any] = make()  # savez has keywords of other types, too
        with atomic_path(path) as part:
            np.savez(part, **arrays)
    return read_arrays(path)


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a cache file; ReenactError where it is damaged."""
    with reading(path, "delete it, and it is made anew", *NPZ_DAMAGE), np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


def cache_folder() -> Path:
    """Where the parsed mesh is kept, outside the project."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reenact"


def source_files(folder: Path) -> dict[str, Path]:
    """The files that the head is made of, by name: ``base``, ``blendshape/<blendshape>``, ``macro/<target>``, ``<region>/<target>``."""
    targets = folder / "mpfb2" / "targets"
    files = {"base": folder / "mpfb2" / "3dobjs" / "base.obj"}
    for blendshape in BLENDSHAPES:
        files[f"blendshape/{blendshape}"] = folder / "faceunits01" / "targets" / "faceunits" / f"{blendshape}.target"
    for path in sorted((targets / "macrodetails").glob("*.target.gz")):
        name = path.name.removesuffix(".target.gz")
        if not {"baby", "child"} & set(name.split("-")):
            files[f"macro/{name}"] = path
    for region in REGIONS:
        for path in sorted((targets / region).glob("*.target.gz")):
            if not path.name.startswith("asymm-"):
                files[f"{region}/{path.name.removesuffix('.target.gz')}"] = path
    return files


def parse_mesh(obj_path: Path, targets: dict[str, bytes]) -> HeadMesh:
    """Parse the OBJ file and every target, keeping what lies above the chest."""
    obj = read_obj(obj_path)
    part = quad_parts(obj)
    keep = part >= 0
    vertex_id, quads = np.unique(obj.quads[keep], return_inverse=True)
    place = np.full(len(obj.positions), -1)
    place[vertex_id] = np.arange(len(vertex_id))

    def dense(name: str) -> np.ndarray:
        ids, moves = read_target(targets[name])
        row = np.zeros((len(vertex_id), 3), np.float32)
        kept = place[ids] >= 0
        row[place[ids[kept]]] = moves[kept]
        return row

    names = sorted(name for name in targets if not name.startswith("blendshape/"))
    return HeadMesh(
        base=obj.positions[vertex_id].astype(np.float32),
        quads=quads.reshape(-1, 4).astype(np.int32),
        quad_uv=obj.corner_uv[keep].astype(np.float32),
        quad_part=part[keep].astype(np.int8),
        vertex_id=vertex_id.astype(np.int32),
        target_names=np.asarray(names),
        targets=np.stack([dense(name) for name in names]),
        blendshapes=np.stack([dense(f"blendshape/{blendshape}") for blendshape in BLENDSHAPES]),
    )


def quad_parts(obj: ObjMesh) -> np.ndarray:
    """Each quad's index into `PARTS`, -1 where the quad is not used; islands of the UV atlas tell mouth cavity and eye sockets."""
    part = np.full(len(obj.quads), -1)
    corners = obj.positions[obj.quads]
    uv = obj.corner_uv.mean(1)
    body = (obj.groups == "body") & (corners[..., 1].min(1) > LOWEST) & (np.abs(corners[..., 0]).max(1) < WIDEST)
    part[body] = PARTS.index("skin")
    part[body & (uv[:, 0] > 0.75) & (uv[:, 1] < 0.14)] = PARTS.index("mouth")
    part[body & (uv[:, 0] < 0.16) & (uv[:, 1] > 0.54) & (uv[:, 1] < 0.64)] = PARTS.index("socket")
    for group, name in HELPERS.items():
        part[obj.groups == group] = PARTS.index(name)
    return part
