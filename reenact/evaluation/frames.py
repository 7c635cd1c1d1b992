"""The values of every frame, for plots, for the best and the worst, and for whoever wants another reduction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from reenact.evaluation.measure import Measured
from reenact.files import atomic_path
from reenact.parquet import open_parquet

REMEDY = "measure again (reenact score)"
CARDS = b"reenact.cards"  # the key of the cards among the file's metadata


def write_frames(path: Path, measured: Mapping[str, Measured], cards: Mapping[str, Any]) -> None:
    """Write the tables of all test sets (`measure.Measured.table`) as one, with a column "setting".

    cards: of the columns (`evaluation.tables.frame_cards`), which go into the file's metadata.
    """
    tables = [each.table.assign(setting=setting) for setting, each in measured.items()]
    # Keys in one order: the same figures give the same bytes.
    metadata = {CARDS: json.dumps(cards, sort_keys=True, ensure_ascii=False).encode()}
    table = pa.Table.from_pandas(pd.concat(tables, ignore_index=True), preserve_index=False).replace_schema_metadata(metadata)
    with atomic_path(path) as part:
        pq.write_table(table, part, compression="zstd")


def read_frames(path: Path) -> pd.DataFrame:
    """One row for each frame of each row of a table.

    setting ("self", "cross"), item, target_subject, driver_subject, frame (at 25 a second), method, landmark_source ("" where it is no
    method), face_found (bool), driver_yaw (degrees), driver_expression (length of the vector of blendshapes), and a column for each metric
    with a value for a frame, float32, NaN where it has none. Raises ReenactError where the file is missing or damaged.
    """
    with open_parquet(path, REMEDY) as file:
        return file.read().to_pandas()


def read_cards(path: Path) -> dict[str, Any]:
    """What made the columns: {"self" | "cross": {method: {metric: the card's name}}, "cards": {name: card}}.

    A card is a figure's (`evaluation.cards.Card`): its "reduction", "interval" and "command" are of the tables' figures. driver_yaw and
    driver_expression are of the fit that PSIM's card names. Raises ReenactError where the file is missing, damaged or has no cards.
    """
    with open_parquet(path, REMEDY) as file:
        return json.loads(file.schema_arrow.metadata[CARDS])
