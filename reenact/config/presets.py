"""Presets: differences from the default parameters, with overrides from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from reenact.config.load import parse_params, read_yaml
from reenact.config.schema import Params
from reenact.config.section import json_types
from reenact.config.yaml_text import schema_text
from reenact.errors import ReenactError
from reenact.files import atomic_path

PRESETS = Path("presets")
SCHEMA_FILE = Path("params.schema.json")
# How a value on the command line is read, by the JSON schema's name of the field's type. Text stays as typed.
READERS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "array": json.loads,
}


def preset_names(root: Path) -> list[str]:
    """Names of the presets in ROOT/presets."""
    return sorted(path.stem for path in (root / PRESETS).glob("*.yaml"))


def apply_preset(root: Path, name: str, overrides: Sequence[str]) -> Params:
    """The preset `name` with ``dotted.key=value`` overrides, validated as a whole.

    A value is read as its key's type. Text stays as typed; `null` is no value if the key may have none.

    Raises:
        ReenactError: no such preset, an override that is not key=value, or a key or value that is not allowed.
    """
    source = root / PRESETS / f"{name}.yaml"
    if not preset_names(root):
        raise ReenactError("There is no presets/ folder here: run this in the project's folder.")
    if not source.is_file():
        raise ReenactError(f"There is no preset named {name!r}; there are: {', '.join(preset_names(root))}.")
    values = _merged(Params().model_dump(mode="json"), read_yaml(source))
    for override in overrides:
        _override(values, override)
    return parse_params(values, Path(f"preset {name}"))


def with_overrides(params: Params, overrides: Sequence[str]) -> Params:
    """Parameters with overrides as in `apply_preset`; ReenactError likewise."""
    values = params.model_dump(mode="json")
    for override in overrides:
        _override(values, override)
    return parse_params(values, Path("the command line"))


def _override(values: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    if not separator or not key:
        raise ReenactError(f"{override!r} is not of the form key=value (for example corpus.kind=folder).")
    *sections, last = key.split(".")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise ReenactError(f"{key}: {section} is a value, not a section, so nothing can be set in it.")
    values[last] = _typed(text, _field(key))


def _field(key: str) -> FieldInfo | None:
    """The field that a dotted key names; None if there is no such field, or the key names a section."""
    model: Any = Params
    *sections, last = key.split(".")
    for section in sections:
        field = getattr(model, "model_fields", {}).get(section)
        model = field.annotation if field else None
    field = getattr(model, "model_fields", {}).get(last)
    return None if field is None or hasattr(field.annotation, "model_fields") else field


def _typed(text: str, field: FieldInfo | None) -> Any:
    """`text` as a value of the field's type; if it is none, `text` itself, which the validation then refuses by name."""
    kinds: set[str] = {branch["type"] for branch in json_types(field) if "type" in branch} if field else {"string"}
    if text == "null" and "null" in kinds:
        return None
    for kind in kinds & READERS.keys():
        try:
            return READERS[kind](text)
        except (ValueError, KeyError):
            continue
    return text


def _merged(defaults: Mapping[str, Any], differences: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults, overridden by the differences, section by section."""
    merged = dict(defaults)
    for key, value in differences.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def write_schema(root: Path) -> None:
    """Write the JSON schema that follows from the models."""
    with atomic_path(root / SCHEMA_FILE) as part:
        part.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    write_schema(Path())
