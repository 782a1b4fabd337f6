"""The symbol reader refuses what it cannot read instead of calling it clean."""

from pathlib import Path

import PySide6
import pytest

from elf import imported_symbols


def test_another_kind_of_file_is_refused(tmp_path):
    file = tmp_path / "library.so"
    file.write_bytes(b"no library")
    with pytest.raises(ValueError, match="no 64-bit"):
        imported_symbols(file)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9])
def test_a_cut_library_is_refused(tmp_path, share):
    content = (Path(PySide6.__file__).parent / "Qt/lib/libQt6Svg.so.6").read_bytes()
    file = tmp_path / "library.so"
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ValueError, match="damaged"):
        imported_symbols(file)
