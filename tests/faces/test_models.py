from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reenact.errors import ReenactError
from reenact.faces import models


@pytest.fixture
def empty_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    models._checked.cache_clear()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, models.PACKAGE, raising=False)
    yield tmp_path
    models._checked.cache_clear()


def test_the_models_are_found_and_their_package_is_not_imported() -> None:
    assert models.landmark_model_path().name == models.LANDMARK_MODEL
    assert models.embedding_model_path().name == models.EMBEDDING_MODEL
    assert models.PACKAGE not in sys.modules


def test_a_missing_package_or_file_names_the_remedy(empty_site: Path) -> None:
    with pytest.raises(ReenactError, match="pip install face_recognition_models"):
        models.landmark_model_path()
    (empty_site / models.PACKAGE).mkdir()
    (empty_site / models.PACKAGE / "__init__.py").touch()
    with pytest.raises(ReenactError, match=rf"{models.LANDMARK_MODEL}.*pip install"):
        models.landmark_model_path()


def test_another_file_under_the_name_is_refused(empty_site: Path) -> None:
    folder = empty_site / models.PACKAGE / "models"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / models.EMBEDDING_MODEL).write_bytes(b"something else")
    with pytest.raises(ReenactError, match=f"SHA-256 {models.EMBEDDING_MODEL_SHA256}"):
        models.embedding_model_path()
