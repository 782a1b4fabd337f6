import random

import pytest

from carrel.workspace.errors import RecoveryCodeLength, RecoveryCodeTypo
from carrel.workspace.recovery import ALPHABET, CODE_BYTES, new_code, read_code, write_code

CODE = write_code(bytes(range(100, 100 + CODE_BYTES)))


def test_what_is_written_is_read_back() -> None:
    for _ in range(50):
        code = new_code()
        assert read_code(write_code(code)) == code


def test_the_code_is_eight_groups_of_five() -> None:
    groups = CODE.split("-")

    assert [len(group) for group in groups] == [5] * 8
    assert set("".join(groups)) <= set(ALPHABET)


def test_it_may_be_typed_in_lower_case_with_spaces_and_look_alikes() -> None:
    typed = CODE.lower().replace("-", " ").replace("0", "o").replace("1", "l")

    assert read_code(f"  {typed}\n") == read_code(CODE)


def test_every_single_wrong_character_is_named_with_its_group() -> None:
    for place, right in enumerate(CODE):
        if right == "-":
            continue
        for wrong in set(ALPHABET) - {right}:
            with pytest.raises(RecoveryCodeTypo) as found:
                read_code(CODE[:place] + wrong + CODE[place + 1 :])
            assert found.value.fields["group"] == str(place // 6 + 1)


def test_swapped_neighbours_are_noticed() -> None:
    chosen = random.Random(3)
    for _ in range(300):
        text = write_code(chosen.randbytes(CODE_BYTES))
        place = chosen.choice([p for p in range(len(text) - 1) if "-" not in text[p : p + 2]])
        swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        if swapped != text:
            with pytest.raises(RecoveryCodeTypo):
                read_code(swapped)


def test_swapped_groups_are_noticed() -> None:
    groups = CODE.split("-")
    groups[2], groups[5] = groups[5], groups[2]

    with pytest.raises(RecoveryCodeTypo) as found:
        read_code("-".join(groups))
    assert found.value.fields["group"] == "3"


def test_a_character_outside_the_alphabet_is_a_typo_in_its_group() -> None:
    with pytest.raises(RecoveryCodeTypo, match="group 8 of 8"):
        read_code(CODE[:-1] + "ü")


@pytest.mark.parametrize("typed", ["", CODE[:-1], CODE + "7"])
def test_missing_or_added_characters_are_counted(typed: str) -> None:
    with pytest.raises(RecoveryCodeLength, match="should have 40"):
        read_code(typed)
