"""What a generator's stage does where the parameters do not enable it: it trains nothing, and says so in a file."""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING

from reenact.config.enabled import is_enabled
from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.files import write_json
from reenact.workspace import NOT_TRAINED, Workspace

if TYPE_CHECKING:
    from reenact.generators.registry import Entry

log = logging.getLogger(__name__)


def skip(entry: Entry, params: Params, workspace: Workspace) -> None:
    """Leave not_trained.json alone in the generator's folder. It names the key of params.yaml that keeps it from being trained.

    A network of an earlier training goes, as the folder is the stage's output. ReenactError where the generator is enabled.
    """
    key = f"{entry.name}.enabled"
    if is_enabled(params, entry.name):
        raise ReenactError(f"{key} is true in params.yaml, so nothing was removed; set it to false first")
    folder = workspace.path(entry.folder)
    if folder.exists():
        shutil.rmtree(folder)
    write_json(folder / NOT_TRAINED, {"generator": entry.name, "disabled_by": key})
    log.info("%s is not trained: %s is false in params.yaml.", entry.title, key)
