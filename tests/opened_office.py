"""The real core on a new workspace, for tests that add documents and open it again."""

from carrel.app.app import App
from carrel.domain.events import AddingFinished
from carrel.domain.workspaces import Seal
from carrel.settings import Settings
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.store import Workspace
from made_workspaces import MemoryKeyStore

SEAL = Seal(active=True, calls="", files="", landlock_abi=0)


class Office:
    """An app that can be closed and opened again."""

    def __init__(self, folder):
        self.folder = folder
        created = Workspace.create(folder / "ws", name="x", key_store=MemoryKeyStore())
        self.key = Keyslots.load(folder / "ws").unlock_with_recovery_code(created.recovery_code)
        created.workspace.close()
        self.app = self._opened()

    def _opened(self):
        workspace = Workspace.open(self.folder / "ws", self.key)
        return App(workspace, SEAL, Settings(self.folder / "settings.json"), self.folder / "models")

    def reopen(self, **how):
        self.app.close(**how)
        self.app = self._opened()

    def add(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        with self.app.listen() as events:
            self.app.add_paths([path])
            next(event for event in events if isinstance(event, AddingFinished))
        return self.named(name)

    def named(self, name):
        return next(d for d in self.app.documents().result() if d.name == name)

    def names(self):
        return sorted(d.name for d in self.app.documents().result())

    def found(self, query):
        return [hit.document_name for hit in self.app.search(query).result()]
