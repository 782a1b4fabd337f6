"""Where the files that ship with the program lie. Must not know what is in them."""

import sys
from pathlib import Path


def path(name: str) -> Path:
    """The folder or file shipped under this name, such as ``assets/icons``.

    Three places, in this order: the frozen bundle, the installed wheel, the checkout.

    Raises:
        FileNotFoundError: it is in none of them.
    """
    package = Path(__file__).parents[1]
    bundle = Path(getattr(sys, "_MEIPASS", package))
    for place in (bundle / "_data", package / "_data", package.parents[1]):
        if (place / name).exists():
            return place / name
    raise FileNotFoundError(name)
