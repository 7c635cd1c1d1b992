"""The paper's Table 5: how each network was trained, here and there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reenact.config.networks import Schedule
from reenact.config.schema import Params
from reenact.config.section import Section
from reenact.evaluation.enabled import network_folders
from reenact.generators.registry import titles
from reenact.report.table import MISSING, Cell, Table, count

# By network and training.
PUBLISHED = {
    ("ldnet", "phase1"): ("Adam", Schedule(learning_rate=1e-4, batch_size=32, iterations=400_000)),
    ("ldnet", "phase2"): ("Adam", Schedule(learning_rate=5e-5, batch_size=32, iterations=1_000_000)),
    ("fdgan", "schedule"): ("RMSprop", Schedule(learning_rate=2e-5, batch_size=4, iterations=1_000_000)),
}
TRAININGS = {"phase1": ", phase 1", "phase2": ", phase 2", "schedule": ""}


def table5(params: Params) -> Table:
    """Table 5: the trainings that the parameters ask for, each above the paper's where it has one."""
    rows = []
    for network in network_folders(params):
        for training, algorithm, schedule in _trainings(getattr(params, network)):
            title = f"{titles()[network]}{TRAININGS[training]}"
            rows.append(_row(title, "here", algorithm, schedule))
            if (network, training) in PUBLISHED:
                rows.append(_row(title, "paper", *PUBLISHED[network, training]))
    return Table(
        "table5",
        "Table 5. The trainings: as the parameters have them here, and as the paper has them.",
        ["Training", "Whose", "Algorithm", "Learning rate", "Batch size", "Iterations"],
        rows,
        [
            "An iteration is an optimiser step of each network that the phase trains.",
            "A network without a row of the paper's is not in the paper's Table 5.",
        ],
        labels=3,
    )


def _trainings(section: Section) -> Iterator[tuple[str, str, Schedule]]:
    """Each training of a network with its algorithm, which the parameter's description names, and its schedule."""
    for name, field in type(section).model_fields.items():
        if isinstance(schedule := getattr(section, name), Schedule):
            named = re.search(r"optimiser (.+?)\.(?: |$)", field.description or "")
            yield name, named[1] if named else MISSING, schedule


def _row(title: str, whose: str, algorithm: str, schedule: Schedule) -> list[Cell]:
    rate = f"{schedule.learning_rate:.12f}".rstrip("0")
    return [
        Cell(title),
        Cell(whose),
        Cell(algorithm),
        Cell(rate, schedule.learning_rate),
        count(schedule.batch_size),
        count(schedule.iterations),
    ]
