"""What a shard's rows hold."""

from __future__ import annotations

from enum import IntFlag

import pyarrow as pa

from reenact.parquet import LANDMARKS


class FrameFlags(IntFlag):
    """Bits of the column `flags`."""

    DETECTED = 1  # the detector ran on this frame and found the face; without it, the face was followed by its landmarks
    BORDER_PADDED = 2  # the crop reaches beyond the frame, whose border pixels are repeated there
    UPSCALED = 4  # the crop has more pixels than what it was cut from


SCHEMA = pa.schema(
    [
        pa.field("subject", pa.string(), nullable=False),
        pa.field("video", pa.string(), nullable=False),
        pa.field("clip", pa.string(), nullable=False),
        pa.field("frame", pa.int32(), nullable=False),  # index on the 25 frames/s time line
        pa.field("time", pa.float64(), nullable=False),  # seconds: frame / 25
        pa.field("image", pa.binary(), nullable=False),  # JPEG of the square crop, RGB
        pa.field("landmarks", LANDMARKS, nullable=False),  # crop pixels: x0, y0, x1, y1, ...
        pa.field("crop_box", pa.list_(pa.float32(), 4), nullable=False),  # source pixels: x0, y0, x1, y1 (outer edges, see CropBox)
        pa.field("score", pa.float32(), nullable=False),  # the detector's, NaN where the face was followed
        pa.field("flags", pa.uint8(), nullable=False),  # FrameFlags
    ]
)
