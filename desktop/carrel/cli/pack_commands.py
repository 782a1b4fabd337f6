"""``carrel model pack|import|verify|trust``: models on removable media, and their bytes on disk.

Must not know the window or a workspace.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Final

from carrel.catalog import pack_script
from carrel.catalog.installed import Catalog
from carrel.catalog.pace import Pace
from carrel.catalog.packs import KEYS_FOLDER, ImportOptions, import_path
from carrel.catalog.signatures import TrustedKeys
from carrel.catalog.verifying import verify
from carrel.cli.forms import Form
from carrel.cli.printing import print_json
from carrel.cli.usage import WrongUsage, add_json
from carrel.domain.documents import Failure
from carrel.domain.errors import Reported
from carrel.domain.installed import InstalledModel

DONE: Final = 0
FAILED: Final = 1
PROGRESS_EVERY_SECONDS: Final = 0.2
"""Seconds between two redraws of a progress line on a terminal."""

_STEPS: Final = {"hashing": "Checking", "copying": "Copying", "verifying": "Verifying"}


def add_parsers(add: Callable[[str, str], ArgumentParser]) -> None:
    """The options of these commands.

    Args:
        add: makes the parser of one command, from its name and what it is about.
    """
    pack_script.add_options(add("pack", "pack a GGUF file for removable media"))
    importing = add("import", "check a GGUF file or a pack, and list it")
    importing.add_argument(
        "path", type=Path, metavar="PATH", help="a GGUF file, or a pack: folder, manifest or part"
    )
    importing.add_argument(
        "--copy", action="store_true", help="bring a pack here even when it could stay"
    )
    importing.add_argument(
        "--trust-key", type=Path, metavar="KEYFILE", help="trust this public key from now on"
    )
    importing.add_argument(
        "--require-signature", action="store_true", help="refuse a pack that nobody signed"
    )
    add_json(importing)
    verifying = add("verify", "compare every byte with what was imported")
    verifying.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="an installed model (default: all)"
    )
    add_json(verifying)
    trusting = add("trust", "trust a key, so that packs signed with it are accepted")
    what = trusting.add_mutually_exclusive_group(required=True)
    what.add_argument("key", nargs="?", type=Path, metavar="KEYFILE", help="a public key to trust")
    what.add_argument("--list", action="store_true", help="show the trusted keys")
    what.add_argument("--remove", metavar="NAME", help="no longer trust a key")
    add_json(trusting)


def pack(options: Namespace) -> int:
    """Make a pack, or a key pair.

    Raises:
        WrongUsage: it is not clear what to pack.
        Reported: the script's own words.
    """
    names_file = options.path is not None
    if bool(options.make_key) == names_file or (
        names_file and (options.out is None) != options.in_place
    ):
        raise WrongUsage(
            "carrel model pack: name a GGUF file, and either --out DIR or --in-place; "
            "or --make-key NAME alone."
        )
    try:
        pack_script.show(pack_script.run(options), as_json=options.json)
    except pack_script.PackError as error:
        failure = Failure(code="pack.packing", reason=error.reason, remedy=error.remedy)
        raise Reported(failure) from error
    return DONE


def bring_in(catalog: Catalog, options: Namespace) -> InstalledModel:
    """Import a GGUF file or a pack."""
    chosen = ImportOptions(
        copy=options.copy,
        trust_key=options.trust_key,
        require_signature=options.require_signature,
    )
    path = options.path.absolute()
    return import_path(catalog, path, ProgressLine().tell, lambda: False, chosen)


def verify_models(catalog: Catalog, options: Namespace) -> int:
    """Verify one installed model or all; a line for each.

    Returns:
        0, or 1 when one is damaged.
    """
    if not options.name and not options.json and not catalog.list():
        print("No model is installed, so there is nothing to verify.")
    names = [options.name] if options.name else [one.name for one in catalog.list()]
    code = DONE
    for name in names:
        found = verify(catalog, name, ProgressLine().tell, lambda: False)
        if found.damage:
            code = FAILED
        if options.json:
            print_json(
                {
                    "name": name,
                    "sound": not found.damage,
                    "damage": list(found.damage),
                    "sha256": found.installed.sha256,
                    "verified_at": found.installed.verified_at,
                }
            )
            continue
        verdict = "not as it was imported" if found.damage else "every byte is as it was imported"
        print(f"{name}: {verdict}")
        for sentence in found.damage:
            print(f"  {sentence}")
        if found.damage:
            print("  Import it again from a good copy; of a pack only what is damaged is copied.")
    return code


def trust(catalog: Catalog, options: Namespace) -> int:
    """Trust a key, no longer trust one, or show those that are."""
    keys = TrustedKeys(catalog.folder / KEYS_FOLDER)
    if options.remove:
        keys.remove(options.remove)
    shown = keys.list() if options.list or options.remove else (keys.add(options.key),)
    forms: list[Form] = [{"name": key.name, "fingerprint": key.fingerprint} for key in shown]
    if options.json:
        print_json(forms)
        return DONE
    for form in forms:
        print(f"{form['name']:20} {form['fingerprint']}")
    if not forms:
        print("No key is trusted.")
    return DONE


class ProgressLine:
    """One line on a terminal that is drawn again and again; nothing where there is none.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pace = Pace(clock)
        self._step = ""
        self._shown = 0.0

    def tell(self, step: str, done: int, total: int) -> None:
        """So many bytes of a step are done."""
        if step != self._step:
            self._step, self._pace = step, Pace(self._clock)
        self._pace.add(done)
        now = self._clock()
        if not sys.stderr.isatty() or (
            now - self._shown < PROGRESS_EVERY_SECONDS and done != total
        ):
            return
        self._shown = now
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{self.words(done, total)}\x1b[K{end}")
        sys.stderr.flush()

    def words(self, done: int, total: int) -> str:
        """What the line says."""
        line = f"{_STEPS.get(self._step, self._step)} {done / 1e9:.2f} of {total / 1e9:.2f} GB"
        left = self._pace.seconds_left(total)
        if left is None:
            return line
        rate = self._pace.bytes_per_second / 1e6
        return f"{line}, {rate:.0f} MB/s, {int(left) // 60}:{int(left) % 60:02} left"
