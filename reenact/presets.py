"""Reading and writing parameter files: commented YAML, presets with overrides, errors that name the key."""

from __future__ import annotations

import difflib
import json
import os
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from reenact.errors import ReenactError
from reenact.files import atomic_path, reading, require_file
from reenact.params import PARAMS_FILE, REPLACED, Params

PRESETS = Path("presets")
SCHEMA_FILE = Path("params.schema.json")
PARAMS_VARIABLE = "REENACT_PARAMS"
LINE = 120
# What a word on the command line is, by the JSON schema's name of a field's type. Text is what was typed.
READERS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "array": json.loads,
}


def load_params(path: Path | None = None) -> Params:
    """The validated parameters of a YAML file; without one, of what REENACT_PARAMS names, as a run does for its jobs, or of params.yaml.

    Raises:
        ReenactError: the file is missing, is no YAML, or a key or value in it is not allowed.
    """
    path = path or Path(os.environ.get(PARAMS_VARIABLE, PARAMS_FILE))
    return parse_params(_read_yaml(path), path)


def parse_params(values: Any, source: Path) -> Params:
    """Validate `values`, naming `source` and each offending key in the error."""
    try:
        return Params.model_validate(values)
    except ValidationError as error:
        lines = "\n".join(f"  {line}" for line in _explain(error))
        raise ReenactError(f"{source}: these parameters are not allowed:\n{lines}") from error


def preset_names(root: Path) -> list[str]:
    """Names of the presets in ROOT/presets."""
    return sorted(path.stem for path in (root / PRESETS).glob("*.yaml"))


def apply_preset(root: Path, name: str, overrides: Sequence[str]) -> Params:
    """The preset `name` with ``dotted.key=value`` overrides, validated as a whole.

    A value is read as its key's type: text stands for itself, whatever is in it; `null` is no value where the key may have none.

    Raises:
        ReenactError: no such preset, an override that is not key=value, or a key or value that is not allowed.
    """
    source = root / PRESETS / f"{name}.yaml"
    if not preset_names(root):
        raise ReenactError("There is no presets/ folder here: run this in the project's folder.")
    if not source.is_file():
        raise ReenactError(f"There is no preset named {name!r}; there are: {', '.join(preset_names(root))}.")
    values = _read_yaml(source)
    for override in overrides:
        _override(values, override)
    return parse_params(values, Path(f"preset {name}"))


def write_params(params: Params, path: Path) -> None:
    """Write `params` as commented YAML, atomically."""
    with atomic_path(path) as part:
        part.write_text(to_yaml(params), encoding="utf-8")


def to_yaml(params: Params) -> str:
    """`params` as YAML in which each key stands under its description; equal parameters give equal text."""
    header = (
        "# yaml-language-server: $schema=params.schema.json\n"
        "# Written by `reenact preset`; edit freely. Unknown keys and wrong types are errors.\n"
    )
    return header + "\n".join(_yaml_lines(params, 0)) + "\n"


def schema_text() -> str:
    """The JSON schema of `params.yaml`, for editors that complete and check it."""
    return json.dumps(Params.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def _read_yaml(path: Path) -> Any:
    remedy = "write one with: reenact preset laptop"
    require_file(path, remedy)
    with reading(path, remedy):
        content = path.read_bytes()
    try:
        return YAML(typ="safe").load(content.decode("utf-8-sig")) or {}
    except UnicodeDecodeError as error:
        raise ReenactError(f"{path} is not UTF-8 ({error}); save it as UTF-8 in your editor, or {remedy}") from error
    except (YAMLError, ValueError, RecursionError) as error:  # of a date that cannot be, or of brackets without end
        raise ReenactError(f"{path} is not valid YAML: {error}") from error


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
    """The field that a dotted key names; None where there is none, or a section."""
    model: Any = Params
    *sections, last = key.split(".")
    for section in sections:
        field = getattr(model, "model_fields", {}).get(section)
        model = field.annotation if field else None
    field = getattr(model, "model_fields", {}).get(last)
    return None if field is None or hasattr(field.annotation, "model_fields") else field


def _typed(text: str, field: FieldInfo | None) -> Any:
    """`text` as a value of the field's type; `text` itself where it is none, for the validation to refuse by name."""
    kinds = {branch.get("type") for branch in _branches(field)} if field else {"string"}
    if text == "null" and "null" in kinds:
        return None
    for kind in kinds & READERS.keys():
        try:
            return READERS[kind](text)
        except (ValueError, KeyError):
            continue
    return text


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


def _yaml_lines(section: BaseModel, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        yield from _comment_lines(field, value, indent, depth)
        if isinstance(value, BaseModel):
            yield f"{indent}{name}:"
            yield from _yaml_lines(value, depth + 1)
        else:
            yield f"{indent}{name}: {_scalar(value)}"


def _comment_lines(field: FieldInfo, value: Any, indent: str, depth: int) -> Iterator[str]:
    if isinstance(value, BaseModel):
        if depth == 0:
            yield ""
        text = field.description or (type(value).__doc__ or "").splitlines()[0]
    else:
        text = f"{field.description} [{_allowed_values(field)}]" if _allowed_values(field) else field.description or ""
    yield from textwrap.wrap(text, LINE, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ", break_long_words=False)


def _allowed_values(field: FieldInfo) -> str:
    """The range or the choices of a field, in words, from its JSON schema."""
    return ", or ".join(filter(None, (_range(branch) for branch in _branches(field))))


def _branches(field: FieldInfo) -> list[dict[str, Any]]:
    """The JSON schema of each type that a field may have."""
    schema = TypeAdapter(field.rebuild_annotation()).json_schema()
    return schema.get("anyOf", [schema])


def _range(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") in {"null", "string"}:
        return {"null": "null", "string": "text"}[schema["type"]]
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "over",
        "maximum": "at most",
        "exclusiveMaximum": "under",
        "multipleOf": "a multiple of",
    }
    return ", ".join(f"{word} {schema[key]}" for key, word in words.items() if key in schema)


def _scalar(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_scalar(item) for item in value) + "]"
    if isinstance(value, float) and "e" in repr(value):
        # YAML readers disagree on 1e-05: with a dot all of them take it for a number.
        mantissa, exponent = repr(value).split("e")
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"
    # JSON's quotes and escapes are YAML's; but YAML folds some line ends, and refuses what cannot be printed.
    return re.sub(r"[^ -~]", _escaped, json.dumps(value, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def regenerate(root: Path) -> None:
    """Rewrite what follows from the models: the presets' comments, their unnamed keys, and the schema."""
    for name in preset_names(root):
        path = root / PRESETS / f"{name}.yaml"
        write_params(load_params(path), path)
    with atomic_path(root / SCHEMA_FILE) as part:
        part.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    regenerate(Path())
