"""Finding by meaning in the real core, with the real llama.cpp on tiny embedding models."""

import os
import random
import signal

import build_embedding
import pytest

from carrel.cli.arguments import parse
from carrel.cli.main import _with_app as run
from carrel.domain.events import MeaningChanged
from carrel.domain.searching import ReasonKind
from carrel.engine.errors import EmbeddingGone, NoEmbeddingModel
from opened_office import Office

TOPICS, PER_TOPIC = 12, 5
WORDS = [a + b + c + d for a in "klmnprst" for b in "aeiou" for c in "bdfgh" for d in "aeo"]
random.Random(1).shuffle(WORDS)


def words(topic: int) -> list[str]:
    """Words of a made-up language; no letter tells the topic."""
    return WORDS[topic * 45 : topic * 45 + 45]


def texts() -> list[str]:
    """Passages of about 1,100 characters, each with half of its topic's words."""
    chance = random.Random(3)
    made = []
    for number in range(TOPICS * PER_TOPIC):
        some = chance.sample(words(number % TOPICS), 24)
        lines = [" ".join(chance.choices(some, k=8)).capitalize() + "." for _ in range(22)]
        made.append(" ".join(lines))
    return made


@pytest.fixture(scope="module")
def knowing(tmp_path_factory):
    """A model that knows which words keep company."""
    path = tmp_path_factory.mktemp("models") / "knowing.gguf"
    build_embedding.build_meaning(path, texts(), pieces=24)
    return path


@pytest.fixture
def own(tmp_path):
    office = Office(tmp_path)
    office.add("all.txt", "\n\n".join(texts()).encode())
    yield office
    office.app.close()


def ready(office, path):
    office.app.meaning.use(path).result()
    return office.app.meaning.wait()


def query(topic: int = 1) -> str:
    return " ".join(random.Random(9).sample(words(topic), 4))


def test_a_model_helps_as_far_as_it_knows_meanings_and_another_starts_anew(
    own, knowing, embedding_gguf, tiny_gguf
):
    before = [hit.passage.id for hit in own.app.search(query()).result()]
    state = ready(own, embedding_gguf())  # of chance
    assert state.trusts["latin"].weight == 0
    found = own.app.look_for(query()).result()
    assert [hit.passage.id for hit in found.hits] == before
    assert not found.by_meaning

    state = ready(own, knowing)
    assert state.failure is None
    assert state.chosen.title == "Carrel words by their company"
    assert state.done == state.total > 40
    assert state.trusts["latin"].weight > 0.05
    found = own.app.look_for(query()).result()
    assert found.by_meaning
    whys = [own.app.explain(query(), hit).result() for hit in found.hits]
    for hit, why in zip(found.hits, whys, strict=True):
        assert why.score == pytest.approx(hit.score, abs=2e-3)
        assert sum(reason.score for reason in why.reasons) == pytest.approx(why.score, rel=1e-4)
    assert ReasonKind.MEANING in {reason.kind for reason in whys[0].reasons}
    assert not own.app.look_for(f'"{query().split()[0]}" dog cat').result().by_meaning

    with pytest.raises(NoEmbeddingModel):
        own.app.meaning.use(tiny_gguf).result()
    assert own.app.meaning.state.chosen.path == knowing

    own.app.meaning.off().result()
    assert own.app.meaning.state.chosen is None
    assert not own.app.look_for(query()).result().by_meaning
    count = "SELECT count(*) FROM vectors"
    rows = own.app._workspace.read(lambda found: found.execute(count).fetchone())
    assert rows.result() == (0,)


def test_it_goes_on_after_a_crash_and_a_restart_and_takes_up_what_is_new(own, knowing):
    starts = []
    real = own.app.meaning._start

    def killed(*arguments, **options):
        worker = real(*arguments, **options)
        if options.get("steps_back") and not starts:
            starts.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)
        return worker

    own.app.meaning._start = killed
    state = ready(own, knowing)
    assert state.failure is not None
    assert state.done < state.total

    own.reopen()
    state = own.app.meaning.wait()
    assert state.failure is None
    assert state.done == state.total
    assert own.app.look_for(query()).result().by_meaning
    own.add("more.txt", texts()[0].encode())
    again = own.app.meaning.wait()
    assert again.done == again.total > state.total

    own.app.shelf.remove(own.named("all.txt").id).result()
    found = own.app.look_for(query()).result()
    assert {hit.document_name for hit in found.hits} <= {"more.txt"}


def test_another_file_under_the_same_name_is_noticed_and_words_still_work(
    own, knowing, embedding_gguf, tmp_path
):
    path = tmp_path / "here.gguf"
    path.write_bytes(knowing.read_bytes())
    ready(own, path)
    path.write_bytes(embedding_gguf().read_bytes())
    own.reopen()

    found = own.app.look_for(query()).result()
    assert found.hits
    assert not found.by_meaning
    own.add("more.txt", texts()[0].encode())
    state = own.app.meaning.wait()
    assert state.failure.code == "engine.embedding_changed"
    path.unlink()
    own.add("yet.txt", texts()[1].encode())
    assert own.app.meaning.wait().failure.code == EmbeddingGone.code


def test_the_commands_choose_tell_and_remove(own, knowing, capsys):
    told = []
    own.app.subscribe(told.append)
    assert run(parse(["embeddings", "use", str(knowing)]), own.app) == 0
    said = capsys.readouterr().out
    assert "Carrel words by their company" in said
    assert "likeness adds up to" in said
    assert any(isinstance(event, MeaningChanged) for event in told)

    assert run(parse(["search", "--explain", query()]), own.app) == 0
    said = capsys.readouterr().out
    assert "Passages were looked for by their meaning, too." in said
    assert "meaning" in said

    assert run(parse(["embeddings", "off"]), own.app) == 0
    assert "No embedding model is chosen" in capsys.readouterr().out
    assert run(parse(["embeddings", "status", "--json"]), own.app) == 0
    assert '"model": null' in capsys.readouterr().out
