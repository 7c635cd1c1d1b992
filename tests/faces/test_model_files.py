from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reenact.errors import ReenactError
from reenact.faces import model_files


@pytest.fixture
def empty_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    model_files._checked.cache_clear()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, model_files.PACKAGE, raising=False)
    yield tmp_path
    model_files._checked.cache_clear()


def test_the_models_are_found_and_their_package_is_not_imported() -> None:
    assert model_files.landmark_model_path().name == model_files.LANDMARK_MODEL
    assert model_files.embedding_model_path().name == model_files.EMBEDDING_MODEL
    assert model_files.PACKAGE not in sys.modules


def test_a_missing_package_or_file_names_the_remedy(empty_site: Path) -> None:
    with pytest.raises(ReenactError, match="pip install face_recognition_models"):
        model_files.landmark_model_path()
    (empty_site / model_files.PACKAGE).mkdir()
    (empty_site / model_files.PACKAGE / "__init__.py").touch()
    with pytest.raises(ReenactError, match=rf"{model_files.LANDMARK_MODEL}.*pip install"):
        model_files.landmark_model_path()


def test_another_file_under_the_name_is_refused(empty_site: Path) -> None:
    folder = empty_site / model_files.PACKAGE / "models"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / model_files.EMBEDDING_MODEL).write_bytes(b"something else")
    with pytest.raises(ReenactError, match=f"SHA-256 {model_files.EMBEDDING_MODEL_SHA256}"):
        model_files.embedding_model_path()
