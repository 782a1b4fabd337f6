"""What the program says of its parsers is what they say of themselves."""

from carrel.parsing.formats import FORMATS
from carrel.parsing.versions import CURRENT


def test_every_kind_has_its_parser_and_version():
    """After a version was raised in a format: raise it in `parsing/versions.py`, too."""
    assert {kind: (form.parser, form.version) for form in FORMATS for kind in form.kinds} == CURRENT
