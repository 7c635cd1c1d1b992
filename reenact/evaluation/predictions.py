"""The file that predictions are kept in, one for SelfTest and one for CrossTest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from reenact import jpeg
from reenact.errors import ReenactError
from reenact.parquet import LANDMARKS, landmark_column, landmarks_of, open_parquet
from reenact.testsets.items import Item

METADATA_KEY = b"reenact"
JPEG_QUALITY = 95
ABOUT = frozenset({"testset", "ldnet", "generators", "image_size", "placement", "residual"})
"""The keys of the footer.

testset: its kind and its list's SHA-256. ldnet: the SHA-256 of its weights. generators: the same by name, null for one that is not
trained. image_size: pixels a side. placement, residual: as in `evaluate` of the parameters.
"""
REMEDY = "make the predictions again (reenact predict)"
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
    """What made a result.

    generator: a name of `generators.registry`. source: where the landmarks come from (`transfer.LandmarkSource`).
    """

    generator: str
    source: str


@dataclass(frozen=True)
class Generated:
    """One item's results by one method.

    images: (F, S, S, 3) uint8 RGB. landmarks: (F, 68, 2) float32, pixels; the images were generated from them.
    """

    images: np.ndarray
    landmarks: np.ndarray


IMAGE_FORMAT = f"JPEG of quality {JPEG_QUALITY}"


def rows(item: Item, results: Mapping[Method, Generated]) -> pa.Table:
    """One item's rows: method after method, each in the order of the frames."""
    count = len(item.frames) * len(results)
    images = [jpeg.encode(image, JPEG_QUALITY) for generated in results.values() for image in generated.images]
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
    """A writer for `rows`. Each call of `write_table` makes a row group. `about` goes into the footer as JSON under "reenact"."""
    schema = SCHEMA.with_metadata({METADATA_KEY: json.dumps(about).encode()})
    return pq.ParquetWriter(path, schema, compression={"landmarks.list.element": "zstd"}, use_dictionary=False)


class Predictions:
    """Reads a file of predictions; ReenactError where it is missing, damaged or another file.

    about: its footer (`ABOUT`), what the predictions were made with.
    """

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

    def numbers(self) -> list[int]:
        """The items' numbers, in the file's order."""
        with open_parquet(self.path, REMEDY) as file:
            return [file.read_row_group(place, columns=["item"])["item"][0].as_py() for place in range(self._items)]

    def methods(self) -> list[Method]:
        """What made the results, in the order of an item's rows."""
        with open_parquet(self.path, REMEDY) as file:
            names = file.read_row_group(0, columns=["method", "landmark_source"]).to_pandas() if self._items else pd.DataFrame()
        return [Method(*row) for row in names.drop_duplicates().itertuples(index=False)]

    def __iter__(self) -> Iterator[tuple[int, dict[Method, Generated]]]:
        """Each item's number with its results by method, in the file's order."""
        return self.pick(range(len(self)))

    def pick(self, places: Iterable[int]) -> Iterator[tuple[int, dict[Method, Generated]]]:
        """As iterating, but of the items at these places of the file alone."""
        for place in places:
            with open_parquet(self.path, REMEDY) as file:
                item = self._item(file.read_row_group(place))
            yield item

    def _item(self, table: pa.Table) -> tuple[int, dict[Method, Generated]]:
        landmarks = landmarks_of(table["landmarks"])
        frames = table.select(["method", "landmark_source", "image"]).to_pandas()
        results = {
            Method(*names): Generated(np.stack(rows["image"].map(jpeg.decode)), landmarks[rows.index])
            for names, rows in frames.groupby(["method", "landmark_source"], sort=False)
        }
        return table["item"][0].as_py(), results
