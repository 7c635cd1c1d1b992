"""The account of a shard: every clip and frame that went in was kept, or left out for a named reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from reenact.errors import ReenactError
from reenact.faces.observation import ANOTHER_FACE, MISFIT, NO_FACE
from reenact.files import read_json, reading
from reenact.video.time_breaks import Break, in_words

# Left out because the parameters ask for it: no trouble, so it does not count against shards.max_left_out.
STRIDE = "stride"
FRAME_LIMIT = "frame limit"
ASKED_FOR = (STRIDE, FRAME_LIMIT)
TOO_FEW_FRAMES = "too few frames"
# The clip's track goes on where its video has no more pictures.
NOT_IN_VIDEO = "not in the video"
# Over shards.max_seconds_per_clip or shards.max_pixels_per_frame.
TOO_LONG = "too long"
TOO_LARGE = "too large"
# With these the file's header may promise more frames than could be read.
ENDS_EARLY = ("truncated", TOO_LONG, TOO_LARGE)
# Found in a clip's pictures; any other reason for leaving out a whole clip is a fault of its file.
SEEN_IN_PICTURES = (NO_FACE, ANOTHER_FACE, MISFIT, TOO_FEW_FRAMES)
# A note on kept frames that come after a cut in their clip.
AFTER_A_CUT = "after a cut"
# A note on kept frames that come after a pause, or after the file's time started again.
AFTER_A_BREAK = "after a break in time"
UNITS = ("clips", "frames")


@dataclass
class ClipAccount:
    """What became of one clip.

    kept: frames in the shard. parts: kept frames by the name of the part, as in the shard's column `clip`; one part, unless there were
    cuts. left_out: frames by reason. notes: kept frames by remark. problem: what is wrong with the clip, or None; where no frame was kept,
    why the clip was left out. breaks: pauses and jumps in its time.
    """

    subject: str
    video: str
    clip: str
    parts: dict[str, int] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    problem: str | None = None
    breaks: list[Break] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """Frames in the shard."""
        return sum(self.parts.values())

    def keep(self, part: str, frames: int, notes: Counter[str]) -> None:
        """Count a part's frames as kept."""
        self.parts[part] = frames
        self.notes += notes

    def leave_out(self, reason: str, frames: int) -> None:
        """Count frames, if there are any, as left out."""
        if frames > 0:
            self.left_out[reason] += frames

    def leave_out_whole(self, reason: str) -> None:
        """Say why nothing of the clip was kept."""
        self.problem = reason

    def main_loss(self) -> str:
        """The reason for which most frames were left out, apart from those that the parameters leave out."""
        losses = {reason: count for reason, count in sorted(self.left_out.items()) if reason not in ASKED_FOR}
        return max(losses, key=losses.__getitem__)

    def as_json(self) -> dict[str, Any]:
        """The clip's entry in the ledger file."""
        return {
            "subject": self.subject,
            "video": self.video,
            "clip": self.clip,
            "frames_in": self.kept + self.left_out.total(),
            "frames_kept": self.kept,
            "parts": self.parts,
            "left_out": dict(sorted(self.left_out.items())),
            "problem": self.problem,
        } | ({"breaks": in_words(self.breaks)} if self.breaks else {})


def ledger(shard: str, sha256: str, clips: Iterable[ClipAccount]) -> dict[str, Any]:
    """A shard's ledger: its name, the SHA-256 of its Parquet file, sums, and each clip."""
    clips = list(clips)
    return {
        "shard": shard,
        "sha256": sha256,
        "clips": _sums(sum(clip.kept > 0 for clip in clips), ({clip.problem or "no frames": 1} for clip in clips if clip.kept == 0)),
        "frames": _sums(sum(clip.kept for clip in clips), (clip.left_out for clip in clips)),
        "notes": _totals(clip.notes for clip in clips),
        "by_clip": [clip.as_json() for clip in clips],
    }


def check_left_out(account: dict[str, Any], split: str, allowed: float) -> None:
    """Raise ReenactError where too much of a split was left out, or nothing was kept.

    account: the split's sums, of `merge`. Too much is more than the share `allowed` of the frames, or of the clips because of faulty files,
    which have no frames to count.
    """
    frames_share, files_share = share_left_out(account), share_of_bad_files(account)
    kept = account["frames"]["kept"]
    if kept > 0 and max(frames_share, files_share) <= allowed:
        return
    reasons = {**account["clips"]["left_out"], **account["frames"]["left_out"]}
    listed = ", ".join(f"{reason} {count}" for reason, count in reasons.items()) or "there were no clips"
    rule = f"shards.max_left_out allows {allowed:.0%}" if kept else "some must be kept"
    otherwise = ", or raise shards.max_left_out in params.yaml" if kept else ""
    raise ReenactError(
        f"Of the {split} clips' frames {frames_share:.0%} were left out and {kept} were kept, and {files_share:.0%} of the clips have "
        f"faulty files ({listed}), where {rule}. data/shards/{split}/*.ledger.json say why, clip by clip: put those clips right or "
        f"remove them and run `reenact manifest`{otherwise}"
    )


def share_of_bad_files(account: dict[str, Any]) -> float:
    """The share of a ledger's clips that were left out because of a fault of their file; 0 where there are no clips."""
    clips = account["clips"]
    bad = sum(count for reason, count in clips["left_out"].items() if reason not in SEEN_IN_PICTURES)
    return bad / clips["in"] if clips["in"] else 0.0


def share_left_out(account: dict[str, Any]) -> float:
    """The share of a ledger's frames that was left out, apart from those that the parameters leave out; 0 where there are none."""
    frames = account["frames"]
    wanted = frames["in"] - sum(frames["left_out"].get(reason, 0) for reason in ASKED_FOR)
    return (wanted - frames["kept"]) / wanted if wanted else 0.0


def merge(paths: Iterable[Path]) -> dict[str, Any]:
    """The sums of shards' ledgers: {"shards": {name: sha256}, "clips", "frames", "notes"}.

    Raises ReenactError where a ledger is missing, or where in = kept + left out does not hold.
    """
    accounts = [_read(path) for path in paths]
    shards = {account["shard"]: account["sha256"] for account in accounts}
    sums = {
        unit: _sums(sum(account[unit]["kept"] for account in accounts), (account[unit]["left_out"] for account in accounts))
        for unit in UNITS
    }
    return {"shards": dict(sorted(shards.items())), **sums, "notes": _totals(account["notes"] for account in accounts)}


def _sums(kept: int, left_out: Iterable[Mapping[str, int]]) -> dict[str, Any]:
    reasons = _totals(left_out)
    return {"in": kept + sum(reasons.values()), "kept": kept, "left_out": reasons}


def _totals(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The sum of each count, by its name, in the order of the names."""
    return pd.DataFrame(counts).sum().astype(int).sort_index().to_dict()


def _read(path: Path) -> dict[str, Any]:
    remedy = "delete it and extract its shard again"
    account = read_json(path, remedy)
    with reading(path, remedy, LookupError, TypeError, AttributeError):
        for unit in UNITS:
            sums = account[unit]
            if sums["in"] != sums["kept"] + sum(sums["left_out"].values()):
                raise ReenactError(f"the ledger {path} does not add up in its {unit}: {remedy}")
        return {key: account[key] for key in ("shard", "sha256", "clips", "frames", "notes")}
