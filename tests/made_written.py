"""A desk where a scripted engine writes of stored documents, or looks facts over."""

import itertools
import re
from dataclasses import replace

from carrel.app.asking import Asking
from carrel.app.facts import Facts
from carrel.app.library import StoredSources
from carrel.app.publisher import Publisher
from carrel.app.refining import Refining
from carrel.app.writing import Writing
from carrel.domain.installed import InstalledModel
from carrel.engine.fake import ScriptedEngine
from carrel.settings import Settings
from made_workspaces import SomeSummary, add, some_units

PART = re.compile(r"=== (\S+) passage (\d+): .*? ===\n(.*?)\n=== \1 end of passage", re.DOTALL)


def parts_of(conversation):
    """The numbered parts before the model: number and text."""
    return [(int(found[2]), found[3]) for found in PART.finditer(conversation[-1].text)]


def quoting(conversation):
    """Each part's first sentence, said in its own words and quoted."""
    said = []
    for number, text in parts_of(conversation):
        first = " ".join(text.split("\n\n")[0].split())
        said.append(f'{first} [{number}: "{first}"].')
    return "", " ".join(said)


def saying(words):
    """The same whatever is asked."""
    return lambda _conversation: ("", words)


class OneEngine:
    """What `app.writing` needs of an engine host, with a scripted engine."""

    def __init__(self, script=quoting, **more):
        self.speaker = ScriptedEngine(script, **more)
        self.answering = None
        self.rested = []
        self.loads = 0

    @property
    def state(self):
        return "ready", ""

    def engine(self, _name, _on_progress, _cancelled, *, on_test):
        del on_test
        self.loads += 1
        return self.speaker

    def rest(self, pace, failure=None, **_more):
        self.rested.append((pace, failure))

    def cancel(self, job):
        if job is None or job == self.answering:
            self.speaker.cancel()


class Installed:
    """The list of installed models, as far as writing needs it."""

    def __init__(self, tmp_path):
        self.models = [
            InstalledModel(
                name=name, title=name, path=tmp_path, size=1, architecture="x", layers=1,
                context_tokens=8192, quantisation="Q2_K", licence="", sha256=name, added_at=0.0,
                profile=profile, profile_title=title,
            )
            for name, profile, title in (
                ("nano", "carrel-nano", "Carrel Nano"), ("big", "generic", "Big"),
            )
        ]  # fmt: skip

    def list(self):
        return self.models

    def get(self, name):
        return next(one for one in self.models if one.name == name)


class Desk:
    """Everything that writes, over a real workspace."""

    def __init__(self, tmp_path, workspace, script=quoting, **more):
        self.workspace = workspace
        self.told = []
        publisher = Publisher()
        publisher.subscribe(self.told.append)
        self.engines = OneEngine(script, **more)
        catalog = Installed(tmp_path)
        settings = Settings(tmp_path / "settings.json")
        self.asking = Asking(None, self.engines, catalog, settings, publisher, itertools.count(1))
        self.sources = StoredSources(workspace)
        parts = (workspace, self.sources, self.asking, self.engines, catalog)
        self.writing = Writing(*parts, publisher.publish)
        self.facts = Facts(workspace, publisher.publish)
        self.refining = Refining(self.facts, self.asking, self.engines, publisher.publish)

    def close(self):
        self.asking.stop()
        self.writing.close()
        self.refining.close()
        self.facts.close()
        self.asking.close()


def stored_document(workspace, name, *texts):
    """A document of pages without places on them."""
    document = add(workspace, name.encode(), name)
    commit(workspace, document.id, *texts)
    return document.id


def commit(workspace, document, *texts, version=1):
    """What was read of a document, without places on pages."""
    units = [replace(one, char_boxes=b"") for one in some_units(*texts)]
    workspace.documents.commit_parsed(
        document, SomeSummary(parser_version=version), units=units,
        segments=[(b"terms", sum(len(one.passages) for one in units))], seconds=1,
    ).result()  # fmt: skip
