"""The generators that are evaluated: those that the parameters enable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reenact.config.enabled import is_enabled
from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.generators.registry import GENERATORS, Entry
from reenact.workspace import LDNET

if TYPE_CHECKING:
    from reenact.evaluation.predictions import Predictions


def enabled(params: Params) -> dict[str, Entry]:
    """The generators that are enabled, by name, in the registry's order; ReenactError where there is none."""
    found = {name: entry for name, entry in GENERATORS.items() if is_enabled(params, name)}
    if not found:
        keys = ", ".join(f"{name}.enabled" for name in GENERATORS)
        raise ReenactError(f"params.yaml enables no generator, so there is nothing to evaluate; set at least one of these to true: {keys}")
    return found


def main_generator(params: Params) -> Entry:
    """The generator that the page and its video are of: the first that is trained, or where none is the first."""
    entries = enabled(params).values()
    return next((entry for entry in entries if entry.is_trained), next(iter(entries)))


def network_folders(params: Params) -> dict[str, str]:
    """The folder of each network that results are made with, by its name: LD-Net, then the enabled generators that are trained."""
    return {"ldnet": LDNET, **{name: entry.folder for name, entry in enabled(params).items() if entry.is_trained}}


def check_generators(params: Params, predictions: Predictions) -> None:
    """ReenactError where predictions are of other generators than those that are enabled."""
    there, wanted = list(predictions.about["generators"]), list(enabled(params))
    if there != wanted:
        raise ReenactError(
            f"{predictions.path} has results of {', '.join(there)}, but params.yaml enables {', '.join(wanted)}; "
            "make the predictions again (reenact predict), then the tables (reenact score)"
        )
