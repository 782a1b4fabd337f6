"""Follows the text recognition of documents that were just added, and prints it."""

from collections.abc import Iterator

from carrel.cli import forms
from carrel.cli.printing import plain, print_json
from carrel.domain.documents import Document
from carrel.domain.events import Event, FileAdded, RecognitionFinished, RecognitionProgressed
from carrel.domain.ids import DocumentId


class Recognition:
    """What is expected of text recognition, and what came of it.

    Args:
        as_json: print a JSON line for each page, and one for each document in the end.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._json = as_json
        self._paths: dict[DocumentId, str] = {}
        self._finished: dict[DocumentId, RecognitionFinished] = {}

    def expect(self, event: FileAdded) -> None:
        """Note a file whose document has pages that wait."""
        document = event.document
        if document is not None and document.pictured and document.pictured.waiting:
            self._paths[document.id] = event.path

    def hear(self, event: Event) -> None:
        """Take in an event of recognition."""
        match event:
            case RecognitionProgressed(document=document) if document.id in self._paths:
                self._progressed(event, self._paths[document.id])
            case RecognitionFinished(document=document):
                self._finished[document.id] = event

    def follow(self, events: Iterator[Event]) -> None:
        """Wait until all that was expected is finished."""
        while set(self._paths) - set(self._finished):
            self.hear(next(events))
        for id_, path in self._paths.items():
            self._print(self._finished[id_].document, path)

    def _progressed(self, event: RecognitionProgressed, path: str) -> None:
        if self._json:
            print_json(
                {
                    "path": path,
                    "state": "recognising",
                    "document": event.document.id,
                    "done": event.done,
                    "total": event.total,
                    "seconds_left": round(event.seconds_left, 1),
                }
            )

    def _print(self, document: Document, path: str) -> None:
        form = {"path": path, "document": document.id, **forms.recognition_form(document)}
        if self._json:
            print_json({**form, "state": "recognised" if not form["waiting"] else "waiting"})
            return
        print(
            f"text recognised on {form['read']} of {form['pages']} pages"
            f" (confidence {form['confidence']})  {plain(path)}"
        )
        for warning in document.warnings:
            print(f"          {warning}")
