"""Pictures as JPEG."""

from __future__ import annotations

import cv2
import numpy as np


def encode(image: np.ndarray, quality: int) -> bytes:
    """(H, W, 3) uint8 RGB as JPEG of a quality from 1 to 100."""
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()


def decode(encoded: bytes, flags: int = cv2.IMREAD_COLOR) -> np.ndarray:
    """JPEG as (H, W, 3) uint8 RGB; flags: OpenCV's, some of which reduce the size. ValueError where it is damaged."""
    image = cv2.imdecode(np.frombuffer(encoded, np.uint8), flags)
    if image is None:
        raise ValueError("the picture cannot be decoded")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
