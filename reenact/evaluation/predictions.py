"""The file that predictions are kept in, one for SelfTest and one for CrossTest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reenact.errors import ReenactError
from reenact.parquet import open_parquet
from reenact.shards.reader import landmarks_of

# Where the wanted landmarks come from: the driver's as they are (in SelfTest the truth), or LD-Net's with the target's identity.
DRIVER, LDNET = "driver", "ldnet"
SOURCES = (DRIVER, LDNET)
JPEG_QUALITY = 95
METADATA_KEY = b"reenact"
REMEDY = "make the predictions again (the predict step)"
SCHEMA = pa.schema(
    [
        ("item", pa.int32()),
        ("target_subject", pa.string()),
        ("driver_subject", pa.string()),
        ("frame", pa.int32()),
        ("landmark_source", pa.string()),
        ("image", pa.binary()),
        ("landmarks", pa.list_(pa.float32(), 136)),
    ]
)


@dataclass(frozen=True)
class Painted:
    """One item's results from one landmark source.

    images: (F, S, S, 3) uint8 RGB. landmarks: (F, 68, 2) float32, pixels, from which they were painted.
    """

    images: np.ndarray
    landmarks: np.ndarray


def rows(number: int, target: str, driver: str, frames: tuple[int, ...], painted: dict[str, Painted]) -> pa.Table:
    """One item's rows, a landmark source after the other, each in the order of the frames."""
    count = len(frames) * len(painted)
    images = [encode(image) for results in painted.values() for image in results.images]
    landmarks = np.concatenate([results.landmarks.reshape(-1) for results in painted.values()]).astype(np.float32)
    columns = [
        pa.array([number] * count, pa.int32()),
        pa.array([target] * count),
        pa.array([driver] * count),
        pa.array(list(frames) * len(painted), pa.int32()),
        pa.array([source for source in painted for _ in frames]),
        pa.array(images, pa.binary()),
        pa.FixedSizeListArray.from_arrays(pa.array(landmarks), 136),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def open_writer(path: Path, about: dict[str, Any]) -> pq.ParquetWriter:
    """A writer for `rows`, each call of `write_table` one row group; `about` goes into the footer as JSON under "reenact"."""
    schema = SCHEMA.with_metadata({METADATA_KEY: json.dumps(about).encode()})
    return pq.ParquetWriter(path, schema, compression={"landmarks.list.element": "zstd"}, use_dictionary=False)


class Predictions:
    """Reads a file of predictions. `about` is its footer: what the predictions were made with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with open_parquet(path, REMEDY) as file:
            self.about: dict[str, Any] = json.loads((file.schema_arrow.metadata or {}).get(METADATA_KEY, b"{}"))
            self._items = file.num_row_groups
        if "testset" not in self.about:
            raise ReenactError(f"{path} is no file of predictions; {REMEDY}")

    def __len__(self) -> int:
        """How many items there are."""
        return self._items

    def __iter__(self) -> Iterator[tuple[int, dict[str, Painted]]]:
        """Item after item: its number, and its results by landmark source."""
        return self.pick(range(len(self)))

    def pick(self, places: Iterable[int]) -> Iterator[tuple[int, dict[str, Painted]]]:
        """As iterating, but only the items at these places of the file."""
        for place in places:
            with open_parquet(self.path, REMEDY) as file:
                item = self._item(file.read_row_group(place))
            yield item

    def _item(self, table: pa.Table) -> tuple[int, dict[str, Painted]]:
        source = np.array(table["landmark_source"].to_pylist())
        landmarks = landmarks_of(table["landmarks"])
        encoded = table["image"].to_pylist()
        painted = {
            name: Painted(np.stack([decode(encoded[row]) for row in np.flatnonzero(source == name)]), landmarks[source == name])
            for name in dict.fromkeys(source.tolist())
        }
        return table["item"][0].as_py(), painted


def encode(image: np.ndarray) -> bytes:
    """(H, W, 3) uint8 RGB as JPEG."""
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()


def decode(jpeg: bytes) -> np.ndarray:
    """JPEG as (H, W, 3) uint8 RGB."""
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
