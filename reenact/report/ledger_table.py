"""What went into the shards, and what was left out and why."""

from __future__ import annotations

from typing import Any

from reenact.report.table import Cell, Table, count

UNITS = ("clips", "frames")


def ledger_table(train: dict[str, Any], test: dict[str, Any]) -> Table:
    """The sums of the training and of the test shards' ledgers: in, kept, left out by reason, and the notes."""
    splits = (train, test)
    rows = []
    for unit in UNITS:
        for key, title in (("in", "in"), ("kept", "kept")):
            rows.append([Cell(f"{unit.capitalize()} {title}"), *(count(split[unit][key]) for split in splits)])
        for reason in sorted({reason for split in splits for reason in split[unit]["left_out"]}):
            rows.append(
                [Cell(f"{unit.capitalize()} left out: {reason}"), *(count(split[unit]["left_out"].get(reason, 0)) for split in splits)]
            )
    for note in sorted({note for split in splits for note in split["notes"]}):
        rows.append([Cell(f"Frames kept, {note}"), *(count(split["notes"].get(note, 0)) for split in splits)])
    return Table(
        "ledger",
        "Clips and frames: what went in, what was kept, and what was left out by reason.",
        ["", "Train", "Test"],
        rows,
        ["Nothing vanishes: in = kept + left out, for clips and for frames."],
    )
