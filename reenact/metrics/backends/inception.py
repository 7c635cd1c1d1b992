"""Features of Inception-v3 for the Fréchet Inception distance (FID), from the file inception-2015-12-05.pt, which the user has.

The file is TorchScript: the network that the FID was defined with (Heusel et al. 2017), as StyleGAN's metrics and clean-fid use it. It
resizes pictures itself, bilinearly and without smoothing, to 299 pixels a side. So its FID is what clean-fid calls legacy.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reenact.errors import ReenactError
from reenact.files import reading
from reenact.metrics.backends.networks import OpenedLate, Pictures, batches, channels_first, computing
from reenact.metrics.backends.weights import checked, named

BACKEND = "inception-2015-12-05"
LENGTH = 2048
SHA256 = "f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4"
REMEDY = "let evaluate.inception name inception-2015-12-05.pt of StyleGAN2-ADA's metrics, or null"


class Inception(OpenedLate[Any]):
    """2048 numbers per picture: Inception-v3's last pooled features.

    It can be pickled, and opens the network when it is first used. path: the file. sha256: what its SHA-256 must be.
    Raises ReenactError where the file is missing, cannot be read or is another.
    """

    def __init__(self, path: Path, sha256: str = SHA256) -> None:
        self._path = path.absolute()
        self._sha256 = checked(self._path, sha256, REMEDY)

    def features(self, images: Pictures) -> np.ndarray:
        """Features (N, 2048) float32 of N pictures (S, S, 3) uint8 RGB of one size. ReenactError: the network gives others."""
        with computing():
            parts = [self._network(channels_first(batch), return_features=True).numpy() for batch in batches(images)]
        if wrong := {part.shape[1:] for part in parts} - {(LENGTH,)}:
            raise ReenactError(f"{self._path} gives features of shape {min(wrong)}, not {(LENGTH,)}; {REMEDY}")
        return np.concatenate([np.empty((0, LENGTH), np.float32), *parts])

    def about(self) -> dict[str, str]:
        """See `metrics.base.Reader`."""
        return {
            "backend": BACKEND,
            "version": f"torch {torch.__version__}",
            "weights": named(self._path, self._sha256),
            "input": "the whole picture, 8-bit RGB; the network resizes it bilinearly to 299 pixels a side and normalises it",
        }

    def _open(self) -> Any:
        with reading(self._path, REMEDY, RuntimeError), warnings.catch_warnings():
            # The file exists as TorchScript alone, so the user could do nothing about it.
            warnings.filterwarnings("ignore", message=r".*torch\.jit\.load.* is deprecated")
            return torch.jit.load(str(self._path), map_location="cpu").eval()
