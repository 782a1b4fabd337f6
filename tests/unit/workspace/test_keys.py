from carrel.workspace.keys import (
    DEFAULT_COST,
    FLOOR_COST,
    Argon2Cost,
    DataKey,
    new_data_key,
    stretch,
    unwrap,
    wrap,
)

CHEAP = Argon2Cost(memory_kib=64, passes=1, lanes=1)


def test_every_purpose_has_a_key_of_its_own() -> None:
    key = new_data_key()
    derived = {key.secret, key.database_key, key.blob_key, key.audit_key, key.slots_key}

    assert len(derived) == 5


def test_derived_keys_never_change() -> None:
    """They are part of the format: another value would lock out every workspace."""
    key = DataKey("00" * 16, bytes(32))

    assert key.database_key.hex().startswith("7f89a75be8798120")
    assert key.blob_key.hex().startswith("59fdda6abb83566b")


def test_the_same_secret_gives_other_keys_in_another_workspace() -> None:
    secret = new_data_key().secret

    assert DataKey("00" * 16, secret).blob_key != DataKey("01" * 16, secret).blob_key


def test_a_key_says_nothing_of_its_secret() -> None:
    key = new_data_key()

    assert key.secret.hex() not in repr(key)
    assert repr(key.secret)[2:-1] not in repr(key)


def test_what_was_wrapped_comes_back_only_with_its_key_and_header() -> None:
    key, secret = new_data_key().secret, new_data_key().secret
    nonce, wrapped = wrap(key, secret, header=b"slot 1")

    assert unwrap(key, nonce, wrapped, header=b"slot 1") == secret
    assert unwrap(key, nonce, wrapped, header=b"slot 2") is None
    assert unwrap(secret, nonce, wrapped, header=b"slot 1") is None
    assert unwrap(key, nonce, bytes([wrapped[0] ^ 1]) + wrapped[1:], header=b"slot 1") is None


def test_a_passphrase_typed_on_another_keyboard_is_the_same() -> None:
    composed, decomposed = "Schl\u00fcssel", "Schlu\u0308ssel"

    assert stretch(composed, salt=bytes(16), cost=CHEAP) == stretch(
        decomposed, salt=bytes(16), cost=CHEAP
    )


def test_the_default_cost_lies_above_the_floor() -> None:
    assert DEFAULT_COST.at_least(FLOOR_COST)
    assert not Argon2Cost(memory_kib=64 * 1024 - 1, passes=3, lanes=4).at_least(FLOOR_COST)
    assert not Argon2Cost(memory_kib=64 * 1024, passes=2, lanes=4).at_least(FLOOR_COST)
