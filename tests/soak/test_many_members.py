"""Archives of a thousand members: stored, read and removed as one."""

import pytest

from carrel.app.library import StoredDocuments
from carrel.domain.documents import DocumentState
from carrel.ingest.pipeline import Pipeline
from carrel.workspace.store import Workspace
from made_archives import tarred
from made_workspaces import CHEAP, PASSPHRASE

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3_600)]


def test_a_thousand_members_are_stored_read_and_removed(tmp_path):
    path = tmp_path / "many.tar.gz"
    path.write_bytes(tarred([(f"{n}.txt", b"Note %d." % n) for n in range(1000)], pack="gz"))
    created = Workspace.create(tmp_path / "ws", name="x", passphrase=PASSPHRASE, cost=CHEAP)
    workspace = created.workspace
    pipeline = Pipeline(StoredDocuments(workspace, lambda *_: None))
    try:
        added = pipeline.add(path, step=lambda *_: None, cancelled=lambda: False)
        assert (added.document.state, added.document.members) == (DocumentState.READ, 1000)
        waiting = workspace.documents.queued().result()
        assert len(waiting) == 1000
        for document in waiting:
            pipeline.read_stored(document, cancelled=lambda: False)
        listed = workspace.documents.list().result()
        assert {document.state for document in listed} == {DocumentState.READ}
        assert workspace.documents.unit(waiting[999].id, 1).result().text == "Note 999."
        removed = workspace.documents.remove(added.document.id).result()
        assert len(removed.documents) == 1001
        assert workspace.documents.list().result() == ()
    finally:
        workspace.close()
