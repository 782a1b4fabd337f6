"""An engine that summarises as a script says. Knows nothing of what is done with it."""

import re

from carrel.engine.fake import ScriptedEngine

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
