"""What can go wrong with the list of installed models.

* EngineError
  + CatalogError: NoRoomForList, NotInstalled, NeitherListedNorThere, BuiltIn, CatalogDamaged,
    CatalogTooNew, FailedSelfTest

Must not know the file format.
"""

from carrel.domain.errors import EngineError


class CatalogError(EngineError):
    """The list of installed models."""

    code = "catalog.failed"
    sentence = "The list of installed models cannot be used: {cause}."
    remedy = "Check the disk and the rights of the folder; no model file was changed."


class NoRoomForList(CatalogError):
    """The disk is full; a list takes a few kilobytes."""

    code = "catalog.no_room"
    sentence = "The disk of “{folder}” is full, so the list of installed models was not changed."
    remedy = "Make room there and give the order again; no model file was changed."


class NotInstalled(CatalogError):
    """A name that is not on the list."""

    code = "catalog.not_installed"
    sentence = "No installed model is named “{name}”."
    remedy = "Choose one of the list, or import the file."


class NeitherListedNorThere(NotInstalled):
    """A name that is neither on the list nor a file's."""

    code = "catalog.not_found"
    sentence = "There is neither an installed model nor a file named “{name}”."
    remedy = "“carrel model list” shows the installed models; name one of them, or a file."


class BuiltIn(CatalogError):
    """The model that comes with the program."""

    code = "catalog.built_in"
    sentence = "“{name}” came with the program and stays on the list."
    remedy = "Choose another model to answer with; this one takes no memory unless it answers."


class CatalogDamaged(CatalogError):
    """The list cannot be read."""

    code = "catalog.damaged"
    sentence = "The list of installed models is damaged: {cause}."
    remedy = "Delete “{path}” and import the files again; they themselves were not changed."


class CatalogTooNew(CatalogError):
    """Written by a later version."""

    code = "catalog.too_new"
    sentence = "The list of installed models was written by a newer version of Carrel."
    remedy = "Update Carrel; nothing was changed."


class FailedSelfTest(CatalogError):
    """A model that may not answer."""

    code = "catalog.self_test"
    sentence = "“{name}” failed its self-test and may not answer: {cause}."
    remedy = (
        "Verify the file or import it again, then repeat the test on the models page or with "
        "“carrel model selftest”."
    )
