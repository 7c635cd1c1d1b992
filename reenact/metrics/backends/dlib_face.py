"""Reader "dlib": embeddings of dlib's face-recognition network."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import torch

from reenact.faces.embedding import BACKEND, CHIP_PADDING, CHIP_SIZE, FaceEmbedder
from reenact.faces.model_files import embedding_model_path
from reenact.files import sha256_file
from reenact.metrics.base import Clip


class DlibFace:
    """Reads "dlib": (F, 128) float32."""

    compares = False

    def read(self, clip: Clip) -> dict[str, np.ndarray]:
        """The embedding of each picture's face, aligned by the landmarks found in it."""
        return {"dlib": FaceEmbedder().embed(list(clip.images), clip.landmarks)}

    def about(self) -> dict[str, str]:
        """See `metrics.base.Reader`."""
        path = embedding_model_path()
        return {
            "backend": BACKEND,
            # dlib cuts out the face; its network runs in PyTorch.
            "version": f"dlib {version('dlib-bin')}, torch {torch.__version__}",
            "weights": f"{path.name}, SHA-256 {sha256_file(path)}",
            "input": f"face turned upright by its 68 landmarks, {CHIP_SIZE} pixels a side, padding {CHIP_PADDING}, RGB",
        }
