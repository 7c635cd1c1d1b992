"""The trained networks that a person chooses: a model folder, or whatever a plugin knows, such as the id of an MLflow run."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import torch

from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.fdgan.model import FDGAN, load_fdgan
from reenact.fdgan.model import NETWORK as FDGAN_NETWORK
from reenact.files import reading
from reenact.ldnet.model import NETWORK as LDNET_NETWORK
from reenact.ldnet.model import LDNet, load_ldnet
from reenact.params import FDGAN as FDGANParams
from reenact.params import Shards
from reenact.training.device import channels_last
from reenact.training.export import read_description, read_section

PLUGINS = "reenact.models"  # entry points: function (spec: str, network: str) -> Path of a model folder, or None where it knows none
LEAST_SIDE = 256  # of what people look at, pixels

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Networks:
    """LD-Net and FD-GAN on one device, in evaluation mode; the side of FD-GAN's pictures, pixels; and how they were cut out."""

    ldnet: LDNet
    fdgan: FDGAN
    size: int
    crop: CropSettings

    @property
    def device(self) -> torch.device:
        """Where they run."""
        return next(self.fdgan.parameters()).device

    @property
    def shown(self) -> int:
        """The side at which results are shown, pixels."""
        return max(LEAST_SIDE, self.size)


def load_networks(ldnet: str, fdgan: str, device: torch.device) -> Networks:
    """The networks that two specs name (`model_folder`). ReenactError where one is missing, damaged or another network."""
    ldnet_folder, fdgan_folder = model_folder(ldnet, "ldnet"), model_folder(fdgan, "fdgan")
    read_description(ldnet_folder, LDNET_NETWORK)  # both are judged before either is loaded
    size = read_section(fdgan_folder, FDGAN_NETWORK, FDGANParams).image_size
    crop = crop_of(fdgan_folder)
    return Networks(load_ldnet(ldnet_folder, device), channels_last(load_fdgan(fdgan_folder, device)), size, crop)


def crop_of(fdgan_folder: Path) -> CropSettings:
    """How the pictures that an FD-GAN learned from were cut out; for exports that do not say, as the default parameters have it."""
    settings = CropSettings.of_network(read_description(fdgan_folder, FDGAN_NETWORK))
    if settings is None:
        settings = CropSettings.of(Shards())
        log.warning("%s does not say how its pictures were cropped: the default crop is taken.", fdgan_folder / "model.json")
    return settings


def model_folder(spec: str, network: str) -> Path:
    """The folder of the trained `network` ("ldnet" or "fdgan") that `spec` names; ReenactError where nothing knows it."""
    with reading(Path(spec), f"name another folder with --{network}"):
        if Path(spec).is_dir():
            return Path(spec)
    for plugin in sorted(entry_points(group=PLUGINS), key=lambda point: point.name):
        folder = plugin.load()(spec, network)
        if folder is not None:
            return folder
    raise ReenactError(
        f"--{network} {spec}: there is no such model folder, and no MLflow run of that name; "
        "train the networks first (`make demo`), or name the folder of an export or the id of the run that trained it"
    )
