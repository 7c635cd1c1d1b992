"""Tables and the page through their templates."""

from __future__ import annotations

import base64
import mimetypes
from pathlib import Path
from typing import Any

import jinja2

from reenact.files import atomic_path
from reenact.report.cards import cards_of
from reenact.report.csv_table import csv_text
from reenact.report.table import Table

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("reenact.report"),
    autoescape=jinja2.select_autoescape(enabled_extensions=("html",)),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
# An arrow is not parted from the name that it belongs to.
_TEMPLATES.filters["bound"] = lambda name: name.replace(" ↑", "\N{NO-BREAK SPACE}↑").replace(" ↓", "\N{NO-BREAK SPACE}↓")


def render(template: str, **values: Any) -> str:
    """The text of a template in `reenact/report/templates`. In HTML values are escaped. A missing value is an error."""
    return _TEMPLATES.get_template(template).render(**values)


def write(path: Path, text: str) -> None:
    """Write a text file, atomically."""
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8")


def write_table(folder: Path, table: Table) -> None:
    """Write `folder`/NAME.md, NAME.csv and NAME.html, the latter a page of its own with the cards of its figures."""
    write(folder / f"{table.name}.md", render("table.md", table=table))
    write(folder / f"{table.name}.csv", csv_text(table))
    write(folder / f"{table.name}.html", render("table.html", table=table, cards=cards_of([table])))


def data_uri(path: Path) -> str:
    """A file's contents as a data URI, so that a page needs no other file."""
    kind, _ = mimetypes.guess_type(path.name)
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
