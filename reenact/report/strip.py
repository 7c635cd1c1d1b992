"""The few figures to see first, each with its interval and with what it is read by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reenact.evaluation.results import COPY_TARGET, DRIVING_FRAMES, SHUFFLED
from reenact.evaluation.tables import NO_SOURCE
from reenact.report.answer import figures_of, setting_of
from reenact.report.in_words import between, degrees, percent, plain
from reenact.report.paper_tables import SETTINGS

Write = Callable[[float], str]
DRIVER, STILL, TRUTH, OTHER = "Driver itself", "Still target", "True frames", "Another person"


@dataclass(frozen=True)
class Shown:
    """A metric of a test set, "self" or "cross".

    arrow: where it gets better. write: its text. beside: the rows to read it by, each with what it is called. by: what measures it, after
    the test set's name.
    """

    metric: str
    title: str
    setting: str
    arrow: str
    write: Write
    beside: Mapping[str, str]
    by: str = ""


def _shown(setting: str) -> list[Shown]:
    """What is shown of the test set that the answer is of. In SelfTest the driving frames are the truth."""
    truth = {DRIVING_FRAMES.generator: DRIVER if setting == "cross" else TRUTH}
    still = {COPY_TARGET.generator: STILL}
    read_true = {**still, DRIVING_FRAMES.generator: "True frames, as measured"}
    return [
        Shown("reidentified", "Re-identified", setting, "↑", percent, still | truth),
        Shown("isim_centred", "ISIM, centred", setting, "↑", plain, truth),
        Shown("true_rotation_error", "Rotation error", setting, "↓", degrees, read_true, ", against the truth"),
        Shown("rotation_error", "Rotation error", setting, "↓", degrees, still, ", by fits to both pictures"),
    ]


FACE = Shown("ssim_face", "SSIM in the face", "self", "↑", plain, {COPY_TARGET.generator: STILL, SHUFFLED.generator: OTHER})


def strip(scores: Mapping[str, Any], name: str, table1: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The figures of a method, then of Table 1 where it is given: for each what it is, its text, its interval, and what it is read by.

    A generator's figures are those of Table 3. A metric that was not measured is left out.
    """
    shown = [*_shown(setting_of(scores)), *([FACE] if "self" in scores else [])]
    return [*(found for each in shown if (found := _measured(each, scores, name))), *([_ratio(table1)] if table1 else [])]


def _measured(shown: Shown, scores: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    entry = figures_of(scores, shown.setting, name).get(shown.metric)
    if entry is None or entry["value"] is None:
        return None
    where = f"{SETTINGS[shown.setting]}{shown.by}"
    return _figure(f"{shown.title} {shown.arrow}", where, entry, shown.write, dict(_beside(shown, scores[shown.setting])))


def _beside(shown: Shown, rows: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for row, title in shown.beside.items():
        found = rows.get(row, {}).get(NO_SOURCE, {}).get(shown.metric)
        if found is not None and found["value"] is not None:
            yield title, found["value"]


def _ratio(table1: Mapping[str, Any]) -> dict[str, Any]:
    entry = table1["E_I"]["ratio_same_identity"]
    beside = {"Raw landmarks": table1["landmarks"]["ratio_same_identity"]["value"], "Paper, on other people": entry["paper"]}
    return _figure("Spread of identity codes ↓", "LMTest: between codes of one person, where between two people is 1", entry, plain, beside)


def _figure(title: str, where: str, entry: Mapping[str, Any], write: Write, beside: Mapping[str, float]) -> dict[str, Any]:
    return {
        "title": title,
        "where": where,
        "exact": entry["value"],
        "text": write(entry["value"]),
        "interval": between(entry.get("low"), entry.get("high"), write),
        "beside": [{"title": name, "exact": number, "text": write(number)} for name, number in beside.items()],
        "card": entry["card"],
    }
