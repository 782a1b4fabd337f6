"""The list of installed models goes to bytes and back, whole."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from carrel.catalog.entries import list_bytes, parse_list
from carrel.catalog.errors import CatalogTooNew
from carrel.domain.installed import FileIdentity, InstalledModel, SignatureState
from carrel.domain.self_tests import CheckState, Feature, SelfCheck, SelfTest
from carrel.system.frames import FrameError

PLAIN = InstalledModel(
    name="tiny", title="Tiny", path=Path("/models/tiny.gguf"), size=10, architecture="deepseek4",
    layers=6, context_tokens=4096, quantisation="F16", licence="MIT", sha256="ab" * 32,
    added_at=1.5, kv_overrides={"deepseek4.rope.scaling.factor": 16.0},
    files=(FileIdentity(10, 20),),
)  # fmt: skip
TESTED = replace(
    PLAIN, name="tested", profile="v4-flash-0731", profile_title="DeepSeek V4-Flash 0731",
    signature=SignatureState.SIGNED, signer="Office", verified_at=3.0, tokens_per_second=4.5,
    self_test=SelfTest(
        checks=(
            SelfCheck(
                name="capsule", title="What was read can be kept", state=CheckState.FAILED,
                detail="It differs.", switches_off=Feature.CAPSULES,
            ),
        ),
        ran_at=4.0, seconds=0.5, engine="0.3.36",
    ),
)  # fmt: skip


def test_everything_known_about_a_model_survives():
    assert parse_list(list_bytes((PLAIN, TESTED))) == (PLAIN, TESTED)


def test_a_list_of_the_first_format_is_still_read():
    untrusted = json.loads(list_bytes((PLAIN,)))
    untrusted["format"] = 1
    later = ("profile", "profile_title", "signature", "signer", "verified_at",
             "tokens_per_second", "self_test")  # fmt: skip
    for name in later:
        del untrusted["models"][0][name]
    assert parse_list(json.dumps(untrusted).encode()) == (PLAIN,)


def test_a_list_of_a_later_format_is_refused():
    untrusted = {**json.loads(list_bytes(())), "format": 99}
    with pytest.raises(CatalogTooNew):
        parse_list(json.dumps(untrusted).encode())


@pytest.mark.parametrize(
    ("name", "value"), [("signature", "blessed"), ("self_test", {"checks": [{"state": "perhaps"}]})]
)
def test_an_unknown_value_is_refused(name, value):
    untrusted = json.loads(list_bytes((TESTED,)))
    untrusted["models"][0][name] = value
    with pytest.raises(FrameError):
        parse_list(json.dumps(untrusted).encode())
