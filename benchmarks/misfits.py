"""How many frames are left out because landmarks fit no face: ``python -m benchmarks.misfits CLIPS...`` (videos, or folders of them).

Follows a face through every clip as it is, and through every `--turned-every`-th clip turned by 90, 180 and 270 degrees, in which no
face should be found. Prints one JSON line; for each turn in degrees:

- frames, kept, and left_out by reason. No frame of an upright clip should be left out, and none of a turned one kept;
- caught: of the turned frames that no other check left out, the share that this one left out;
- ms: processor time per frame of the test alone, and of all the following of a face, with decoding and turning.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.command import errors_as_text, positive
from benchmarks.extract import ENDINGS, pictures
from reenact.config.data import ShardsParams
from reenact.faces import track
from reenact.faces.observation import MISFIT
from reenact.progress import progress
from reenact.video.picture import Picture, RgbPicture

TURNS = (0, 90, 180, 270)
PARAMS = ShardsParams(train_shards=1)


class Timed:
    """The test of `faces.misfit`, with the processor time that it takes."""

    def __init__(self) -> None:
        self._test = track.fits_a_face
        self.seconds = 0.0

    def __call__(self, *given) -> bool:
        """What the test says."""
        started = time.process_time()
        fits = self._test(*given)
        self.seconds += time.process_time() - started
        return fits


def turned(path: Path, degrees: int) -> Iterator[tuple[int, Picture]]:
    """A clip's pictures, numbered, turned counter-clockwise."""
    for index, picture in enumerate(pictures(path)):
        yield index, RgbPicture(np.ascontiguousarray(np.rot90(picture.rgb(), degrees // 90))) if degrees else picture


def follow(clips: Sequence[Path], degrees: int, timed: Timed) -> dict:
    """Follow a face through clips turned by `degrees`, and count frames."""
    reasons: Counter[str | None] = Counter()
    started, before = time.process_time(), timed.seconds
    for clip in progress(clips, what=f"turned by {degrees}°", unit="clip"):
        tracker = track.FaceTracker(PARAMS.detect_every, PARAMS.detector_upsampling)
        reasons.update(seen.reason for seen in tracker.follow(turned(clip, degrees)))
    frames, kept, misfits = reasons.total(), reasons.pop(None, 0), reasons[MISFIT]
    result = {"frames": frames, "kept": kept, "left_out": dict(sorted(reasons.items()))}
    if degrees and kept + misfits:
        result["caught"] = round(misfits / (kept + misfits), 4)
    spent = {"test": timed.seconds - before, "all": time.process_time() - started}
    return {**result, "ms": {name: round(1000 * seconds / max(frames, 1), 2) for name, seconds in spent.items()}}


@errors_as_text
def main() -> None:
    """Parse the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--turned-every", type=positive(int), default=4, help="every n-th clip is also turned")
    options = parser.parse_args()
    clips = sorted(path for given in options.clips for path in ([given] if given.is_file() else given.rglob("*")) if path.suffix in ENDINGS)
    if not clips:
        parser.error(f"no videos in {', '.join(map(str, options.clips))}")
    timed = track.fits_a_face = Timed()
    found = {str(turn): follow(clips[:: options.turned_every] if turn else clips, turn, timed) for turn in TURNS}
    print(json.dumps({"benchmark": "misfits", "clips": len(clips), "turned": found}))


if __name__ == "__main__":
    main()
