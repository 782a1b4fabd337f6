"""The real `Glossary` over groups in memory, without a workspace or an index."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from carrel.app.own_words import Glossary


class WordsInMemory:
    """What `carrel.workspace.glossary.OwnWords` does, in memory; `error` makes it refuse."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self.kept = ()
        self.error = None

    def groups(self):
        return self._threads.submit(lambda: self.kept)

    def change(self, run):
        def change():
            if self.error is not None:
                raise self.error
            self.kept = run(self.kept)
            return self.kept

        return self._threads.submit(change)


class Listener:
    """Where the search would be told."""

    def __init__(self) -> None:
        self.spoken = []

    def speak(self, own) -> None:
        self.spoken.append(own)


def fake_glossary(threads: ThreadPoolExecutor) -> tuple[Glossary, WordsInMemory, Listener]:
    """The glossary, what it keeps, and what the search was told."""
    kept, told = WordsInMemory(threads), Listener()
    return Glossary(kept, told), kept, told
