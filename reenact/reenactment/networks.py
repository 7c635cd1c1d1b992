"""The trained networks that a person chooses: a model folder, or whatever a plugin knows, such as the id of an MLflow run."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import torch

from reenact.errors import ReenactError
from reenact.files import reading
from reenact.generators.registry import Entry, by_network
from reenact.ldnet.model import NETWORK as LDNET_NETWORK
from reenact.ldnet.model import load_ldnet
from reenact.reenactment.placement import Placement
from reenact.reenactment.reenactor import Reenactor
from reenact.training.export import DESCRIPTION, network_of, read_description

PLUGINS = "reenact.models"  # entry points: function (spec: str, role: str) -> Path of a model folder, or None where it knows none


def load_reenactor(ldnet: str, generator: str, device: torch.device, placement: Placement = "relative") -> Reenactor:
    """The networks that two specs name (`model_folder`). ReenactError where one is missing, damaged or another network."""
    ldnet_folder, generator_folder = model_folder(ldnet, "ldnet"), model_folder(generator, "generator")
    read_description(ldnet_folder, LDNET_NETWORK)  # both are judged before either is loaded
    entry = generator_of(generator_folder)
    return Reenactor(load_ldnet(ldnet_folder, device), entry.load(generator_folder, device), placement)


def generator_of(folder: Path) -> Entry:
    """Which generator the trained network in `folder` is; ReenactError, which names it, where it is none."""
    network = network_of(folder)
    try:
        return by_network(network)
    except ReenactError as error:
        raise ReenactError(f"{folder / DESCRIPTION}: {error}; name the folder of a trained generator") from None


def model_folder(spec: str, role: str) -> Path:
    """The folder of the trained network that `spec` names as "ldnet" or "generator"; ReenactError where nothing knows it."""
    with reading(Path(spec), f"name another folder with --{role}"):
        if Path(spec).is_dir():
            return Path(spec)
    for plugin in sorted(entry_points(group=PLUGINS), key=lambda point: point.name):
        folder = plugin.load()(spec, role)
        if folder is not None:
            return folder
    raise ReenactError(
        f"--{role} {spec}: there is no such model folder, and no MLflow run of that name; "
        "train the networks first (`make demo`), or name the folder of an export or the id of the run that trained it"
    )
