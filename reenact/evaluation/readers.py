"""The readers that the parameters ask for: those that are always there, and those whose files are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from reenact.config.schema import EvaluateParams
from reenact.metrics.backends.dlib_face import DlibFace
from reenact.metrics.backends.efficientnet import EfficientNet
from reenact.metrics.backends.headmodel import HeadModel
from reenact.metrics.backends.inception import Inception
from reenact.metrics.backends.lpips import Lpips
from reenact.metrics.backends.onnx_face import OnnxFace
from reenact.metrics.backends.openface import OpenFace
from reenact.metrics.base import Clip, Reader
from reenact.metrics.registry import METRICS


@dataclass(frozen=True)
class _Pictures:
    """Reads a row of features of each picture: reading `name`, (F, D)."""

    name: str
    network: EfficientNet | Inception
    compares: ClassVar = False

    def read(self, clip: Clip) -> dict[str, np.ndarray]:
        return {self.name: self.network.features(list(clip.images))}

    def about(self) -> dict[str, str]:
        return self.network.about()


@dataclass(frozen=True)
class _Identity:
    """Reads "onnx": (F, D), the embeddings of a network that the user gives."""

    network: OnnxFace
    compares: ClassVar = False

    def read(self, clip: Clip) -> dict[str, np.ndarray]:
        return {"onnx": self.network.embed(list(clip.images), clip.landmarks)}

    def about(self) -> dict[str, str]:
        return self.network.about()


@dataclass(frozen=True)
class _OpenFaceMotion:
    """Reads "openface.rotation", (F, 3) radians about X, Y and Z, and "openface.expression", (F, 17) in [0, 5]."""

    tool: OpenFace
    compares: ClassVar = False

    def read(self, clip: Clip) -> dict[str, np.ndarray]:
        found = self.tool.read(clip.images)
        return {"openface.rotation": found.rotation, "openface.expression": found.action_units}

    def about(self) -> dict[str, str]:
        return self.tool.about()


@dataclass(frozen=True)
class _Perceived:
    """Reads "lpips": (F,), the distance from the true frame in SelfTest."""

    network: Lpips
    compares: ClassVar = True

    def read(self, clip: Clip) -> dict[str, np.ndarray]:
        if not clip.is_truth or clip.driving is None:
            return {}
        true = clip.driving.images
        return {"lpips": self.network.distances(list(np.broadcast_to(clip.images, true.shape)), list(true))}

    def about(self) -> dict[str, str]:
        return self.network.about()


@dataclass(frozen=True)
class OwnReadings:
    """The readings that metrics take by themselves, under their names."""

    names: tuple[str, ...]
    compares: ClassVar = True

    def read(self, clip: Clip) -> dict[str, np.ndarray]:
        """What each metric's `read` gives; without those that have no meaning here."""
        found = {name: METRICS[name].read for name in self.names}
        values = {name: read(clip) for name, read in found.items() if read is not None}
        return {name: value for name, value in values.items() if value is not None}

    def about(self) -> dict[str, str]:
        """Nothing but arithmetic on pictures and landmarks."""
        return {"backend": "; ".join(self.names), "version": "of this package", "weights": "none", "input": "the picture as it is"}


OWN = "own"


def readers(params: EvaluateParams, face_model: str, root: Path) -> dict[str, Reader]:
    """The readers by name. root: the folder to which paths in the parameters are relative.

    Raises ReenactError where a file that a key names is missing or is another.
    """
    found: dict[str, Reader] = {
        "dlib": DlibFace(),
        "headmodel": HeadModel(face_model, root),
        "efficientnet": _Pictures("efficientnet", EfficientNet()),
    }
    given: Mapping[str, tuple[str | None, Callable[[Path], Reader]]] = {
        "inception": (params.inception, lambda path: _Pictures("inception", Inception(path))),
        "onnx": (params.onnx.path, lambda path: _Identity(_onnx(path, params))),
        "openface": (params.openface, lambda path: _OpenFaceMotion(OpenFace(path))),
        "lpips": (params.lpips_backbone, lambda path: _Perceived(Lpips(path))),
    }
    found |= {name: make(root / path) for name, (path, make) in given.items() if path is not None}
    return found | {OWN: OwnReadings(tuple(name for name, metric in METRICS.items() if metric.read is not None))}


def _onnx(path: Path, params: EvaluateParams) -> OnnxFace:
    config = params.onnx
    return OnnxFace(path, config.size, config.mean, config.std, config.channels, config.crop)
