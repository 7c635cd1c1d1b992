"""Bytes per frame in the shards: ``python -m benchmarks.size CLIPS [--stride N]`` prints one JSON line.

CLIPS is a folder in VoxCeleb2's layout; one clip of each subject is taken, and every N-th of its frames. Mean bytes are given for several
crop sizes at quality 95, and for several qualities at 256 pixels. ``image``: the JPEG alone. ``frame``: a row's share of the whole file.
At 256 pixels and quality 95 also the JPEGs of crops that were enlarged (``enlarged``, as most of VoxCeleb2's at 224 pixels are) and of the
others (``sharp``).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.command import errors_as_text, positive
from benchmarks.plan import ROOT, run
from reenact.config.presets import apply_preset
from reenact.config.yaml_text import write_params
from reenact.shards.schema import FrameFlags

USUAL = (256, 95)
VARIANTS = ((64, 95), (128, 95), USUAL, (512, 95), (256, 75), (256, 85), (256, 90), (256, 98))


def shard_of(project: Path, clips: Path, stride: int, size: int, quality: int) -> Path:
    """The shard of every clip taken, made with this crop size and quality."""
    changes = [f"corpus.path={clips.resolve()}", "corpus.train_subjects=null", "corpus.test_subjects=null", "corpus.clips_per_subject=1"]
    changes += ["shards.train_shards=1", "shards.test_shards=1", "shards.min_frames_per_clip=1", "fdgan.image_size=64"]
    changes += [f"shards.frame_stride={stride}", f"shards.image_size={size}", f"shards.jpeg_quality={quality}"]
    write_params(apply_preset(ROOT, "paper", changes), project / "params.yaml")
    run(project, "", "reenact", "corpus")
    shard = project / f"{size}-{quality}.parquet"
    run(project, "", "reenact", "shard", "data/manifest/lists/train-00000.csv", shard.name, f"{shard.stem}.json")
    return shard


def figures(shard: Path) -> dict[str, int]:
    """Mean bytes per frame of a shard."""
    table = pq.read_table(shard, columns=["image", "flags"])
    lengths = pc.binary_length(table["image"]).to_numpy()
    enlarged = table["flags"].to_numpy() & FrameFlags.UPSCALED > 0
    found = {"image": lengths.mean(), "frame": shard.stat().st_size / len(lengths), "frames": len(lengths)}
    if shard.stem == "{}-{}".format(*USUAL):
        kinds = {"enlarged": lengths[enlarged], "sharp": lengths[~enlarged]}
        found |= {name: part.mean() for name, part in kinds.items() if len(part)} | {"enlarged_frames": np.sum(enlarged)}
    return {name: round(float(value)) for name, value in found.items()}


@errors_as_text
def main() -> None:
    """Parse the arguments and print the line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("--stride", type=positive(int), default=25)
    arguments = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as project:
        for size, quality in VARIANTS:
            found[f"{size} px, quality {quality}"] = figures(shard_of(Path(project), arguments.clips, arguments.stride, size, quality))
    print(json.dumps({"benchmark": "size", **found}))


if __name__ == "__main__":
    main()
