"""What the report page shows. It is gathered from the files of earlier stages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from reenact.config.schema import Params
from reenact.files import sha256_file
from reenact.generators.registry import titles
from reenact.metrics.base import Metric
from reenact.metrics.registry import METRICS
from reenact.report.ledger_bars import ledger_in_words
from reenact.report.paper_tables import SETTINGS
from reenact.report.render import data_uri
from reenact.report.video import Pair

SECTIONS = {
    "figures": "Key figures",
    "video": "A pair in motion",
    "tables": "The paper's tables",
    "pictures": "Pictures",
    "training": "Training",
    "data": "Ledger",
    "origin": "Parameters and files",
    "machine": "Machine",
}


def people(params: Params) -> str:
    """Who is seen."""
    if params.corpus.kind == "synthetic":
        return "The people on this page do not exist: targets and drivers are faces rendered from a 3D head model."
    return "Targets and drivers are real people, from the videos of the corpus. They did and said nothing that a result shows."


def cards(tables: Mapping[str, dict[str, Any]], generator: str) -> list[dict[str, Any]]:
    """The figures to see first: LD-Net's ratios, then those of the generator by each metric that is a headline."""
    identity, pose = tables["table1"]["E_I"]["ratio_same_identity"], tables["table1"]["E_P"]["ratio_same_pose"]
    ratios = [
        _card(identity, "E_I: same identity ÷ both different, smaller is better", identity["paper"], "Paper"),
        _card(pose, "E_P: same pose and expression ÷ both different, smaller is better", pose["paper"], "Paper"),
    ]
    headlines = (_headline(metric, setting, tables, generator) for metric in METRICS.values() for setting in metric.headline)
    return ratios + [card for card in headlines if card is not None]


def _headline(metric: Metric, setting: str, tables: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any] | None:
    """The card of a generator's metric in a test set ("self", "cross"), beside the row to read it by; None where it was not measured."""
    by_source, images, whole = tables["table2"][setting][name], tables["table3"][setting], tables["table4"]["measured"]
    places = {
        "self": [
            (images[name], "", images["copy_target"], "Target copied"),
            (by_source["driver"], "", by_source["ldnet"], "LD-Net's landmarks"),
        ],
        "cross": [
            (by_source["ldnet"], " with LD-Net's landmarks", by_source["driver"], "Driver's landmarks"),
            (images[name], "", images["copy_target"], "Target copied"),
            (whole[name], "", whole["copy_target"], "Target copied"),
        ],
    }
    for found, condition, scale, beside in places[setting]:
        if metric.name in found:
            title = f"{metric.title} in {SETTINGS[setting]}{condition}, {metric.better} is better"
            return _card(found[metric.name], title, scale.get(metric.name, {}).get("value"), beside)
    return None


def _card(entry: Mapping[str, Any], title: str, scale: float | None, name: str) -> dict[str, Any]:
    """A figure, and beside it the one to read it by: `scale`, of what `name` says. Without one its backend stands there alone."""
    beside = "" if scale is None else f"{name} {scale:.3f} · "
    return {
        "exact": entry["value"],
        "text": f"{entry['value']:.3f}",
        "title": title,
        "beside": f"{beside}backend {entry['backend']}",
    }


def video(path: Path, pair: Pair, image_size: int) -> dict[str, Any]:
    """The video of a CrossTest pair."""
    width, height = pair.size
    sound = "with its sound" if pair.has_sound else "without sound"
    return {
        "uri": data_uri(path),
        "width": width,
        "height": height,
        "caption": (
            f"CrossTest's first pair: the target {pair.item.target.subject} is driven by a clip of {pair.item.driver.subject}, {sound}. "
            f"{pair.frames} frames at the clip's own times; the result is {image_size} pixels a side and enlarged."
        ),
    }


def sheets(figures: Path, image_size: int) -> list[dict[str, str]]:
    """The contact sheets, and LD-Net's swaps."""
    generated = f"Each row shows the frame in the middle of its clip; results are {image_size} pixels a side."
    texts = {
        "selftest.jpg": (
            "SelfTest: a person reenacts itself",
            "Rows of target, true frame, and results from the true and from LD-Net's landmarks.",
            f"The driving frame is the truth. {generated}",
        ),
        "crosstest.jpg": (
            "CrossTest: one person drives another",
            "Rows of target, driver, and results from the driver's and from LD-Net's landmarks.",
            f"With the driver's own landmarks the result takes on the driver's face shape; LD-Net's are to keep the target's. {generated}",
        ),
        "swaps.png": (
            "LMTest: the identity of one person, pose and expression of another",
            "A grid of faces as lines. Rows are people, columns are frames of the driver. The truth lies below in grey.",
            "LD-Net's landmarks, without a picture: each blue face was generated from a frame of the driver (top row) and a frame of the "
            "row's person (left column). The driver is the person who is most like all, the others and the frames are those that differ "
            "most, but for the strangest 5 %. No training saw any of these people.",
        ),
        "corpus.jpg": (
            "The corpus: crops and landmarks",
            "Rows of five frames of a clip with the landmarks of the last.",
            "Crops as they lie in the shards, evenly spread over the first clip of some subjects.",
        ),
    }
    return [
        {"title": title, "alt": alt, "caption": caption, "uri": data_uri(figures / name)} for name, (title, alt, caption) in texts.items()
    ]


def curves(figures: Path, descriptions: Mapping[str, dict[str, Any]]) -> list[dict[str, str]]:
    """The loss curves of every trained network. descriptions: their model.json, by name."""
    plots = []
    for network, description in descriptions.items():
        title = titles()[network]
        iterations = " + ".join(f"{number:,}" for number in description["iterations"].values())
        plots.append(
            {
                "title": f"{title}: losses by iteration",
                "alt": f"A small plot for each loss of {title}.",
                "caption": f"{iterations} iterations, {description['weights']['parameters']:,} weights.",
                "uri": data_uri(figures / f"{network}-curves.svg"),
            }
        )
    return plots


def bars(figures: Path, splits: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The ledger as a picture."""
    return {
        "title": "What became of frames and clips",
        "alt": ledger_in_words(splits),
        "caption": "Each bar is a whole with its count: on the left all that went in, on the right what was left out of it, by reason.",
        "uri": data_uri(figures / "ledger.svg"),
    }


def parameters(params: Params) -> dict[str, str]:
    """Every parameter under its dotted key. The device is left out: it decides no figure."""
    (flat,) = pd.json_normalize(params.model_dump(mode="json", exclude={"device", "processes"})).to_dict("records")
    return {key: "null" if value is None else str(value) for key, value in flat.items()}


def hashes(root: Path, files: list[Path]) -> dict[str, str]:
    """The SHA-256 of files by their path below the project."""
    return {path.relative_to(root).as_posix(): sha256_file(path) for path in files}
