"""The model that comes with the program on the list of installed models."""

from pathlib import Path

import pytest

from carrel.catalog.built_in import built_in
from carrel.catalog.errors import BuiltIn, NotInstalled
from carrel.catalog.installed import Catalog
from carrel.domain.installed import NANO_PROFILE
from carrel.engine.files.profiles import profile_of


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "models", built_in())


def test_it_is_listed_without_an_import_and_nothing_is_written(catalog: Catalog) -> None:
    (listed,) = catalog.list()

    assert listed == catalog.get(NANO_PROFILE)
    assert listed.built_in
    assert listed.title == "Carrel Nano"
    assert "does not reason" in listed.profile_title
    assert listed.sha256 == profile_of(NANO_PROFILE).sha256
    assert 0 < listed.memory < 100 << 20
    assert not catalog.folder.exists()


def test_what_becomes_known_about_it_is_kept_without_the_list(catalog: Catalog) -> None:
    catalog.note_speed(NANO_PROFILE, 900.0)

    assert catalog.get(NANO_PROFILE).tokens_per_second == 900.0
    assert not catalog.folder.exists()


def test_it_cannot_be_taken_off_the_list(catalog: Catalog) -> None:
    with pytest.raises(BuiltIn, match="came with the program"):
        catalog.remove(NANO_PROFILE)

    assert catalog.list()


def test_a_list_without_it_does_not_know_it(tmp_path: Path) -> None:
    with pytest.raises(NotInstalled):
        Catalog(tmp_path).get(NANO_PROFILE)
