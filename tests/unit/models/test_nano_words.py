"""Carrel Nano's texts, and that training and llama.cpp read the same tokens in them."""

import hashlib
import re
import tomllib
from pathlib import Path
from random import Random

import pytest

from carrel.engine.files import gguf
from carrel.system import resources

NANO = Path(__file__).resolve().parents[3] / "models" / "nano"
FILE = NANO / "carrel-nano.gguf"

ODD = (
    "Zahlung in Höhe von 1.234,56 € bis 31.12.2025 – « d’accord » ‒ naïve façade.",
    "数は三つ、合計 42 です。 Это 100 %. 안녕 하세요",
    "a\tb   c  d\u00a0e \u2460\u246b (1) 12345678 3.14 x_1 != y->z [0] {k: 'v'} \\n #5",
    "    indented\n\n\nand  more \n spaces ",
    "I'm, you're; O'Neil's \"quoted\" -- e.g. U.S.A. http://x.y/z?a=b&c=d 🙂🙃",
)


def made_texts() -> list[str]:
    """Sentences, questions and oddities, 500 together."""
    import offices

    random = Random(8)
    maker, found = offices.Offices(random), list(ODD)
    while len(found) < 500:
        facts = maker.document(8)
        found += [fact.sentence for fact in facts]
        found += filter(None, (maker.question(fact, facts) for fact in facts))
        found.append(" ".join(random.choice(ODD) for _ in range(3))[random.randrange(40) :])
        found.append("\n".join(f"{chr(0x2460 + i)} {f.sentence}" for i, f in enumerate(facts)))
    return found[:500]


def test_training_and_llama_cpp_read_the_same_tokens_in_500_texts():
    pytest.importorskip("tokenizers")
    import runner
    import vocabulary

    with FILE.open("rb") as stream:
        entries = gguf.read_header(stream).entries
    tokens, merges = (
        [raw.decode() for raw in entries[f"tokenizer.ggml.{name}"].value.items]
        for name in ("tokens", "merges")
    )
    types = list(entries["tokenizer.ggml.token_type"].value.items)
    words = vocabulary.Vocabulary(tokens, types, merges)
    reader = runner.Runner(FILE, context=256)

    for text in made_texts():
        assert words.encode(text) == reader.tokens(text, special=False), text


def is_named(value: str, question: str) -> bool:
    """Whether a question holds a value, or the surname of a person."""
    last = value.split()[-1]
    return value.lower() in question.lower() or (last[0].isupper() and last in question)


def test_made_up_offices_ask_what_their_sentences_say():
    import offices

    random = Random(3)
    maker, asked = offices.Offices(random), 0
    for _ in range(200):
        facts = maker.document(8)
        assert len({fact.sentence for fact in facts}) == len(facts)
        for fact in facts:
            assert not re.search(r"[\[\]{}|]", fact.sentence), fact.sentence
            question = maker.question(fact, facts)
            if question is None:
                continue
            asked += 1
            assert not re.search(r"[\[\]{}|]", question), question
            # No other fact of the same kind has everything that the question names.
            named = {value for value in fact.shown if is_named(value, question)}
            for rival in facts:
                same = rival is not fact and rival.kind == fact.kind
                assert not (same and named <= rival.shown), (question, rival.sentence)

    assert asked > 1000


def test_the_questions_written_by_hand_are_twenty_and_eight_are_paraphrases():
    pages = tomllib.loads((NANO / "office_questions.toml").read_text("utf-8"))["page"]
    asked = [question for page in pages for question in page["question"]]

    assert len(asked) == 20
    assert sum(question.get("paraphrase", False) for question in asked) == 8
    for page in pages:
        assert all(-1 <= q["gold"] < len(page["passages"]) for q in page["question"])


def test_every_source_names_a_licence_that_lets_us_use_it():
    sources = tomllib.loads((NANO / "sources.toml").read_text("utf-8"))["source"]
    provenance = (NANO / "PROVENANCE.md").read_text("utf-8")

    for source in sources:
        assert not re.search(r"GPL|SA|NC|GFDL", source["licence"]), source
        assert source["licence"].split(" (")[0] in provenance, source
    assert len(sources) > 5


def test_the_provenance_is_of_the_file_that_ships():
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()

    assert digest in (NANO / "PROVENANCE.md").read_text("utf-8")
    assert FILE.stat().st_size <= 12_000_000
    assert resources.path("models/nano/carrel-nano.gguf").samefile(FILE)
