"""A group of parameters, and the kinds of values that they have."""

from __future__ import annotations

import os
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.fields import FieldInfo

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
# A shell does not expand the ~ of corpus.path=~/videos.
UserPath = Annotated[str, Field(min_length=1), AfterValidator(os.path.expanduser)]


class Section(BaseModel):
    """A group of parameters: immutable, and an unknown key or a value of the wrong type is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def json_types(field: FieldInfo) -> list[dict[str, Any]]:
    """The JSON schema of each type that a field may have."""
    schema = TypeAdapter(field.rebuild_annotation()).json_schema()
    return schema.get("anyOf", [schema])
