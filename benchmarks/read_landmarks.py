"""How fast all landmarks of very many frames are read: ``python -m benchmarks.read_landmarks FOLDER`` prints one JSON line.

`benchmarks.read` makes the shards and runs this in a process of its own, so that the peak memory is that of `read_landmarks` alone.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.command import errors_as_text
from reenact.seeding import generator
from reenact.shards.reader import read_landmarks
from reenact.shards.writer import ShardWriter

SHARD_ROWS = 100_000
CLIP_ROWS = 100


def measured(rows: int, folder: Path) -> dict:
    """Time and peak memory of reading `rows` made-up rows, rounded down to whole shards, from `folder`."""
    write_rows(rows, folder)
    command = [sys.executable, "-m", "benchmarks.read_landmarks", str(folder)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def write_rows(rows: int, folder: Path) -> None:
    """Shards of clips of 100 frames with random landmarks and no pictures; the first shard is written, the others are copies."""
    random = generator(1, "landmark rows")
    first = folder / "00000.parquet"
    with ShardWriter(first, {}, CLIP_ROWS) as shard:
        for clip in range(SHARD_ROWS // CLIP_ROWS):
            landmarks = random.uniform(0, 255, (CLIP_ROWS, 136)).astype("float32")
            for frame, points in enumerate(landmarks):
                shard.write(
                    {
                        "subject": f"id{clip // 10:05d}", "video": "video", "clip": f"{clip % 10:05d}", "frame": frame, "time": frame / 25,
                        "image": b"", "landmarks": points, "crop_box": [0.0, 0.0, 256.0, 256.0], "score": 1.0, "flags": 1,
                    }
                )  # fmt: skip
            shard.end_clip()
    for number in range(1, rows // SHARD_ROWS):
        shutil.copyfile(first, folder / f"{number:05d}.parquet")


@errors_as_text
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    shards = sorted(parser.parse_args().folder.glob("*.parquet"))
    if not shards:
        parser.error("no shard there")
    start = time.perf_counter(), time.process_time()
    table = read_landmarks(shards)
    seconds = time.perf_counter() - start[0], time.process_time() - start[1]
    # Not from getrusage: if the peak of the parent process was higher, it reports that one.
    peak = 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))[1])
    print(
        json.dumps(
            {
                "landmarks_rows": len(table),
                "landmarks_seconds": round(seconds[0], 1),
                "landmarks_cpu_seconds": round(seconds[1], 1),
                "landmarks_memory_ratio": round(peak / table.landmarks.nbytes, 3),
                "landmarks_peak_gb": round(peak / 1e9, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
