"""What ships has a licence that lets offices use it and us ship it."""

import re
from importlib import metadata
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parents[2] / "installer" / "requirements"

ALLOWED = re.compile(
    r"\b(MIT(-0|-CMU)?|0?BSD(-[23]-Clause)?|Apache([- ]2\.0)?|ISC|MPL-2\.0|PSF-2\.0"
    r"|LGPL-[23]\.[01]-(?:only|or-later)|CNRI-Python|Zlib|CC0-1\.0)(?![\w-])"
)
DENIED = re.compile(r"(?<!L)\b(GPL|AGPL|SSPL|BUSL|Proprietary)", re.IGNORECASE)

SEEN_BY_HAND = {
    # The metadata of 0.6.4 is silent; its LICENSE file is the zlib licence of pysqlite.
    "sqlcipher3": "Zlib",
}


def shipped() -> list[str]:
    text = "".join((REQUIREMENTS / f"{name}.txt").read_text() for name in ("runtime", "engine"))
    return sorted(set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)))


def licence(name: str) -> str:
    """What the installed distribution says of itself, or what was seen by hand."""
    about = metadata.metadata(name)
    classifiers = about.get_all("Classifier") or []
    stated = [
        about.get("License-Expression") or "",
        (about.get("License") or "")[:200],
        *(line.rpartition("::")[2] for line in classifiers if line.startswith("License")),
    ]
    return next((text for text in stated if text.strip()), SEEN_BY_HAND.get(name, "unknown"))


def acceptable(text: str) -> bool:
    """Of alternatives one must be allowed; of a combination, no part may be denied."""
    choices = re.split(r"\s+OR\s+", text)
    return any(ALLOWED.search(choice) and not DENIED.search(choice) for choice in choices)


@pytest.mark.parametrize("name", shipped())
def test_licence_is_acceptable(name):
    try:
        stated = licence(name)
    except metadata.PackageNotFoundError:
        text = (REQUIREMENTS / "runtime.txt").read_text()
        assert re.search(rf"^{name}==\S+ ; ", text, re.MULTILINE), f"{name} is not installed"
        return  # for another system or Python only; judged where it is installed
    assert acceptable(stated), f"{name}: {stated}"


@pytest.mark.parametrize(
    ("stated", "verdict"),
    [
        ("MIT", True),
        ("LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only", True),
        ("BSD-3-Clause AND GPL-3.0-only", False),
        ("GNU Affero General Public License v3 (AGPLv3)", False),
        ("Dual Licensed - AGPL-3.0 or Artifex Commercial License", False),
        ("unknown", False),
    ],
)
def test_the_gate_itself(stated, verdict):
    assert acceptable(stated) is verdict


def test_every_shipped_asset_lies_beside_its_licence(root):
    folders = [root / "assets" / "icons", *(root / "assets" / "fonts").iterdir()]
    assert len(folders) > 1
    for folder in folders:
        names = {file.name for file in folder.iterdir()}
        assert names & {"LICENSE", "OFL.txt"}, folder.name
