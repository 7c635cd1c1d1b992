"""The file that predictions are kept in, one for SelfTest and one for CrossTest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reenact import jpeg
from reenact.errors import ReenactError
from reenact.parquet import LANDMARKS, landmark_column, landmarks_of, open_parquet
from reenact.testsets.items import Item

METADATA_KEY = b"reenact"
ABOUT = frozenset({"testset", "ldnet", "generators", "image_size", "placement"})
"""The keys of the footer."""
REMEDY = "make the predictions again (the predict step)"
SCHEMA = pa.schema(
    [
        ("item", pa.int32()),
        ("target_subject", pa.string()),
        ("driver_subject", pa.string()),
        ("frame", pa.int32()),
        ("method", pa.string()),
        ("landmark_source", pa.string()),
        ("image", pa.binary()),
        ("landmarks", LANDMARKS),
    ]
)


class Method(NamedTuple):
    """What made a result: a generator's name (`generators.registry`), and where the landmarks come from (`transfer.LandmarkSource`)."""

    generator: str
    source: str


@dataclass(frozen=True)
class Generated:
    """One item's results by one method.

    images: (F, S, S, 3) uint8 RGB. landmarks: (F, 68, 2) float32, pixels, from which they were generated.
    """

    images: np.ndarray
    landmarks: np.ndarray


def rows(item: Item, results: Mapping[Method, Generated]) -> pa.Table:
    """One item's rows, a method after the other, each in the order of the frames."""
    count = len(item.frames) * len(results)
    images = [jpeg.encode(image) for generated in results.values() for image in generated.images]
    columns = [
        pa.array([item.number] * count, pa.int32()),
        pa.array([item.target.subject] * count),
        pa.array([item.driver.subject] * count),
        pa.array(list(item.frames) * len(results), pa.int32()),
        pa.array([method.generator for method in results for _ in item.frames]),
        pa.array([method.source for method in results for _ in item.frames]),
        pa.array(images, pa.binary()),
        landmark_column(np.concatenate([generated.landmarks for generated in results.values()])),
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
            is_whole = ABOUT.issubset(self.about)
        if not is_whole:
            raise ReenactError(f"{path} is no file of predictions; {REMEDY}")

    def __len__(self) -> int:
        """How many items there are."""
        return self._items

    def __iter__(self) -> Iterator[tuple[int, dict[Method, Generated]]]:
        """Item after item: its number, and its results by method."""
        return self.pick(range(len(self)))

    def pick(self, places: Iterable[int]) -> Iterator[tuple[int, dict[Method, Generated]]]:
        """As iterating, but only the items at these places of the file."""
        for place in places:
            with open_parquet(self.path, REMEDY) as file:
                item = self._item(file.read_row_group(place))
            yield item

    def _item(self, table: pa.Table) -> tuple[int, dict[Method, Generated]]:
        methods = list(map(Method, table["method"].to_pylist(), table["landmark_source"].to_pylist()))
        landmarks, images = landmarks_of(table["landmarks"]), table["image"].to_pylist()
        results = {}
        for method in dict.fromkeys(methods):
            places = [place for place, other in enumerate(methods) if other == method]
            results[method] = Generated(np.stack([jpeg.decode(images[place]) for place in places]), landmarks[places])
        return table["item"][0].as_py(), results
