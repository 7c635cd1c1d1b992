"""Embeddings of any face-recognition network that the user has as an ONNX file. ONNX Runtime computes them, on the processor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple

import numpy as np

from reenact.errors import ReenactError
from reenact.faces.layout68 import POINTS
from reenact.files import reading, require_file, sha256_file
from reenact.metrics.backends.face_crops import CROPS
from reenact.metrics.backends.networks import OpenedLate, Pictures, batches
from reenact.metrics.backends.weights import named

KEY = "evaluate.onnx"
REMEDY = f"let {KEY}.path name a face-recognition network as one ONNX file, or null"
ERRORS_ALONE = 3  # ONNX Runtime's level of what it prints


class Opened(NamedTuple):
    """A network that is open. input: its input's name. one_by_one: whether it takes one picture at a time. channels_last: its layout."""

    session: Any
    input: str
    one_by_one: bool
    channels_last: bool


class OnnxFace(OpenedLate[Opened]):
    """Embeds faces. It can be pickled, and opens the network when it is first used.

    path: the ONNX file, with its weights inside. size: the side of the pictures that it takes. mean, std: three numbers each, in the
    network's order of channels; it is given (pixel - mean) / std of pixels 0 to 255. channels: that order. crop: how the face is cut out
    (`face_crops.CROPS`). Raises ReenactError where ONNX Runtime or the file is missing.
    """

    def __init__(
        self,
        path: Path,
        size: int,
        mean: Sequence[float],
        std: Sequence[float],
        channels: Literal["rgb", "bgr"],
        crop: Literal["arcface", "box"],
    ) -> None:
        _onnxruntime()
        require_file(path, REMEDY)
        self._path = path.absolute()
        self._sha256 = sha256_file(path, REMEDY)
        self._size, self._mean, self._std = size, tuple(map(float, mean)), tuple(map(float, std))
        self._channels, self._crop = channels, crop

    def embed(self, images: Pictures, landmarks: np.ndarray) -> np.ndarray:
        """Embed one face per image.

        images: N arrays (height, width, 3) uint8 RGB, of any sizes. landmarks: (N, 68, 2), x then y, in pixels of each image.
        Returns (N, D) float32, as the network gives them, not normalised; (0, 0) where N is 0.
        Raises ReenactError for landmarks that are not finite or all coincide, for a file that is no ONNX file, and for a network that does
        not turn N pictures of this size into (N, D).
        """
        landmarks = np.asarray(landmarks)
        if landmarks.shape != (len(images), POINTS, 2):
            raise ValueError(f"landmarks must be of shape {(len(images), POINTS, 2)}, not {landmarks.shape}")
        if not (np.isfinite(landmarks).all() and np.ptp(landmarks, axis=1).any(axis=1).all()):
            raise ReenactError("some landmark sets are not finite or have no extent; leave such frames out")
        cut = CROPS[self._crop].cut
        crops = [cut(image, points, self._size) for image, points in zip(images, landmarks, strict=True)]
        parts = [self._run(self._input(batch)) for batch in batches(crops)]
        return np.concatenate(parts) if parts else np.empty((0, 0), np.float32)

    def about(self) -> dict[str, str]:
        """See `metrics.base.Reader`."""
        numbers = ", ".join(f"{mean:g} and {std:g}" for mean, std in zip(self._mean, self._std, strict=True))
        return {
            "backend": f"onnx-{self._path.stem}",
            "version": f"onnxruntime {_onnxruntime().__version__}",
            "weights": named(self._path, self._sha256),
            "input": f"{CROPS[self._crop].words}; {self._size} pixels a side, {self._channels.upper()}, less and over: {numbers}",
        }

    def _input(self, batch: np.ndarray) -> np.ndarray:
        """Crops (B, S, S, 3) uint8 RGB as the network takes them, float32."""
        ordered = batch if self._channels == "rgb" else batch[..., ::-1]
        values = ((ordered - np.array(self._mean)) / np.array(self._std)).astype(np.float32)
        return values if self._network.channels_last else np.ascontiguousarray(values.transpose(0, 3, 1, 2))

    def _run(self, values: np.ndarray) -> np.ndarray:
        """(B, D) float32."""
        session, name, one_by_one, _ = self._network
        inputs = np.split(values, len(values)) if one_by_one else [values]
        with reading(self._path, REMEDY, Exception):  # ONNX Runtime's errors have no other class in common
            found = [session.run(None, {name: each})[0] for each in inputs]
        if any(part.ndim != 2 or len(part) != len(each) for part, each in zip(found, inputs, strict=True)):
            raise ReenactError(f"{self._path} turns {inputs[0].shape} into {found[0].shape}, not into a row a picture; {REMEDY}")
        return np.concatenate(found).astype(np.float32)

    def _open(self) -> Opened:
        runtime = _onnxruntime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.use_deterministic_compute = True
        options.log_severity_level = ERRORS_ALONE
        # Weights in a second file would not be in the SHA-256: they are looked for where nothing can be.
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(self._path))
        with reading(self._path, REMEDY, Exception):
            session = runtime.InferenceSession(self._path.read_bytes(), options, providers=["CPUExecutionProvider"])
        return self._checked(session)

    def _checked(self, session: Any) -> Opened:
        inputs, outputs = session.get_inputs(), session.get_outputs()
        if (len(inputs), len(outputs)) != (1, 1):
            raise ReenactError(f"{self._path} has {len(inputs)} inputs and {len(outputs)} outputs, not one of each; {REMEDY}")
        shape, kind = inputs[0].shape, inputs[0].type
        channels_last = len(shape) == 4 and shape[3] == 3 and shape[1] != 3
        wanted = (self._size, self._size, 3) if channels_last else (3, self._size, self._size)
        # Sizes that the file leaves free are None or have a name.
        fits = len(shape) == 4 and all(not isinstance(found, int) or found == size for found, size in zip(shape[1:], wanted, strict=True))
        if not fits or kind != "tensor(float)" or (isinstance(shape[0], int) and shape[0] != 1):
            takes = f"(N, {', '.join(map(str, wanted))}) of float, with N free or 1"
            raise ReenactError(f"{self._path} takes {shape} of {kind}, not {takes}; put right {KEY}.size, or name another network")
        return Opened(session, inputs[0].name, shape[0] == 1, channels_last)


def _onnxruntime() -> ModuleType:
    """Imported late, as most have no such network; ReenactError where it is missing."""
    try:
        import onnxruntime
    except ImportError:
        raise ReenactError(f"{KEY} needs ONNX Runtime: `pip install 'portrait-reenact[onnx]'`") from None
    return onnxruntime
