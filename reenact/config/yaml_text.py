"""Parameters as commented YAML, and their JSON schema."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from reenact.config.schema import Params
from reenact.config.section import json_types
from reenact.files import atomic_path

LINE = 120


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
    return ", or ".join(filter(None, (_range(branch) for branch in json_types(field))))


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
    # JSON's quotes and escapes are valid in YAML, but YAML folds some line ends and refuses unprintable characters.
    return re.sub(r"[^ -~]", _escaped, json.dumps(value, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return character if character.isprintable() else f"\\U{ord(character):08X}"
