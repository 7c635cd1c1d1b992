"""Reading `params.yaml`: strict, with errors that name the file and the key."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from reenact.config.schema import PARAMS_FILE, REPLACED, Params
from reenact.errors import ReenactError
from reenact.files import reading, require_file

PARAMS_VARIABLE = "REENACT_PARAMS"


def load_params(path: Path | None = None) -> Params:
    """The validated parameters of a YAML file; by default of the one that REENACT_PARAMS names (a run sets it for its jobs), or params.yaml.

    Raises:
        ReenactError: the file is missing, is not valid YAML, or a key or value in it is not allowed.
    """
    path = path or Path(os.environ.get(PARAMS_VARIABLE, PARAMS_FILE))
    return parse_params(read_yaml(path), path)


def parse_params(values: Any, source: Path) -> Params:
    """Validate `values`, naming `source` and each offending key in the error."""
    try:
        return Params.model_validate(values)
    except ValidationError as error:
        lines = "\n".join(f"  {line}" for line in _explain(error))
        raise ReenactError(f"{source}: these parameters are not allowed:\n{lines}") from error


def read_yaml(path: Path) -> Any:
    """What a YAML file holds; ReenactError if it is missing or not valid YAML."""
    remedy = "write one with: reenact preset laptop"
    require_file(path, remedy)
    with reading(path, remedy):
        content = path.read_bytes()
    try:
        # Not by the parser in C, which ends the process where brackets are nested too deep.
        return YAML(typ="safe", pure=True).load(content.decode("utf-8-sig")) or {}
    except UnicodeDecodeError as error:
        raise ReenactError(f"{path} is not UTF-8 ({error}); save it as UTF-8 in your editor, or {remedy}") from error
    except (YAMLError, ValueError, RecursionError) as error:  # the last two: an impossible date, brackets nested too deep
        raise ReenactError(f"{path} is not valid YAML: {error}") from error


def _explain(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"] if not _is_union_tag(part)) or "(whole file)"
        if problem["type"] == "extra_forbidden" and key in REPLACED:
            yield f"{key}: no longer a key; {REPLACED[key]}"
        elif problem["type"] == "extra_forbidden":
            allowed = _allowed_keys(problem["loc"][:-1])
            near = difflib.get_close_matches(str(problem["loc"][-1]), allowed, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            yield f"{key}: unknown key; {hint}allowed here: {', '.join(allowed)}"
        elif not problem["loc"] and problem["type"] == "value_error":  # of several keys, which the message names
            yield problem["msg"].removeprefix("Value error, ")
        else:
            got = "" if isinstance(problem["input"], dict) else f" (got {problem['input']!r})"
            yield f"{key}: {problem['msg'].removeprefix('Value error, ')}{got}"


def _is_union_tag(part: str | int) -> bool:
    # pydantic names the branch of a union in the location: it is no key of the file.
    return isinstance(part, str) and ("[" in part or part in {"constrained-int", "int", "literal"})


def _allowed_keys(location: Sequence[str | int]) -> list[str]:
    model: Any = Params
    for part in location:
        model = model.model_fields[part].annotation
    return list(model.model_fields)
