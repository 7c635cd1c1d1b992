"""The networks that a person chooses: a model folder, a released one, or what a plugin knows, such as the id of an MLflow run."""

from __future__ import annotations

import logging
from importlib.metadata import entry_points
from pathlib import Path

import torch

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.files import read_json, reading
from reenact.generators.base import Generator
from reenact.generators.registry import GENERATORS, Entry, default, folders, trained
from reenact.generators.trained import load_trained
from reenact.ldnet.model import NETWORK as LDNET_NETWORK
from reenact.ldnet.model import load_ldnet
from reenact.reenactment.reenactor import Reenactor
from reenact.reenactment.transfer import DEFAULT_SETTINGS, TransferSettings
from reenact.training.export import DESCRIPTION, network_of, read_description
from reenact.weights import released
from reenact.workspace import MODELS, NOT_TRAINED

log = logging.getLogger(__name__)

RELEASED = "released"
PLUGINS = "reenact.models"  # entry points: function (spec: str, role: str) -> Path of a model folder, or None where it knows none


def load_reenactor(
    ldnet: str | None, generator: str | None, device: torch.device, settings: TransferSettings = DEFAULT_SETTINGS
) -> Reenactor:
    """LD-Net and a generator, each by a spec (`model_folder`, `load_generator`); None: `default_spec`.

    Both networks' model.json are judged before LD-Net is loaded. Raises ReenactError where one is missing, damaged or another network.
    """
    ldnet_folder = model_folder(ldnet or default_spec("ldnet"), "ldnet")
    read_description(ldnet_folder, LDNET_NETWORK)
    chosen = load_generator(generator or default_spec("generator"), device)
    return Reenactor(load_ldnet(ldnet_folder, device), chosen, settings)


def default_spec(role: str) -> str:
    """The network that is taken where nobody names one: the project's if it is trained, else the released one. Says which."""
    name = _default_name(role)
    here = folders()[name]
    if Path(here, DESCRIPTION).is_file():
        log.info("--%s: %s of this folder", role, here)
        return here
    log.info("--%s: the released %s, as there is no %s here", role, name, here)
    return RELEASED


def _default_name(role: str) -> str:
    return default().name if role == "generator" else role


def load_generator(spec: str, device: torch.device) -> Generator:
    """The generator that `spec` names: a model folder as in `model_folder`, or the name of a generator that is not trained.

    One that is not trained is made with the default parameters. Raises ReenactError as `generator_of` and `model_folder`.
    """
    entry = GENERATORS.get(spec)
    if entry is not None and not entry.is_trained:
        return entry.make(Params(), device)
    folder = model_folder(spec, "generator")
    _refuse_not_trained(folder)
    return load_trained(generator_of(folder), folder, device)


def open_generator(entry: Entry, folder: Path, params: Params, device: torch.device) -> Generator:
    """The generator of a registry's entry: as trained in `folder`, or else made with the parameters."""
    return load_trained(entry, folder, device) if entry.is_trained else entry.make(params, device)


def generator_of(folder: Path) -> Entry:
    """Which generator the trained network in `folder` is; ReenactError where it is none."""
    network = network_of(folder)
    by_network = {entry.network: entry for entry in trained().values()}
    if network not in by_network:
        raise ReenactError(
            f"{folder / DESCRIPTION}: the network {network!r} is no generator; those that are: {', '.join(by_network)}; "
            "name the folder of a trained generator"
        )
    return by_network[network]


def model_folder(spec: str, role: str) -> Path:
    """The folder of the trained network that `spec` names; ReenactError where nothing knows it. role: "ldnet" or "generator".

    spec: a folder, the name of a trained generator, which stands for its folder in the project, "released", or what a plugin knows.
    """
    entry = trained().get(spec) if role == "generator" else None
    for place in (spec, *([entry.folder] if entry else [])):
        with reading(Path(place), f"name another folder with --{role}"):
            if Path(place).is_dir():
                return Path(place)
    if spec == RELEASED:
        return released(_default_name(role))
    for plugin in sorted(entry_points(group=PLUGINS), key=lambda point: point.name):
        folder = plugin.load()(spec, role)
        if folder is not None:
            return folder
    raise ReenactError(
        f"--{role} {spec}: there is no such model folder, and no MLflow run of that name; "
        "train the networks first (`make demo`) and run this in the project's folder, name the folder of an export or the id of the run "
        f"that trained it, or take the one that comes with the package (--{role} {RELEASED})"
        f"{_trained_here() if role == 'generator' else ''}"
    )


def _refuse_not_trained(folder: Path) -> None:
    """ReenactError where the folder is of a generator that the parameters did not enable."""
    note = folder / NOT_TRAINED
    if not note.is_file():
        return
    remedy = "name the folder of a trained generator"
    with reading(note, remedy, LookupError, TypeError):
        key = read_json(note, remedy)["disabled_by"]
    raise ReenactError(
        f"{folder} holds no network: it was not trained, as {key} was false in params.yaml; "
        f"set {key} to true and run the workflow, or take another with --generator{_trained_here()}"
    )


def _trained_here() -> str:
    """What can be taken instead: the generators whose networks lie in the project's folder."""
    names = [name for name, entry in trained().items() if Path(entry.folder, DESCRIPTION).is_file()]
    return f" ({MODELS} has {', '.join(names)})" if names else ""
