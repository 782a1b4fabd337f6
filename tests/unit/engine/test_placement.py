"""Dense weights go to the graphics processor first, experts while they fit."""

from __future__ import annotations

import pytest

from carrel.domain.plans import Device, DeviceKind
from carrel.engine.fit.placement import RESERVED_BYTES, place
from carrel.engine.fit.weights import Weights, weights_of

GIB = 1 << 30
LAYERS = 43
FLASH = Weights(
    outer=520 << 20,
    embedding=1 * GIB,
    dense=(150 << 20,) * LAYERS,
    experts=(1728 << 20,) * LAYERS,
    experts_used=6,
    experts_total=256,
)
CACHE, WORK = GIB, GIB // 2


def gpu(gib: int, kind: DeviceKind = DeviceKind.GPU) -> Device:
    return Device(
        name="GPU", description="Some card", backend="CUDA", kind=kind,
        memory_total=gib * GIB, memory_free=gib * GIB,
    )  # fmt: skip


CPU = Device(
    name="CPU", description="", backend="CPU", kind=DeviceKind.CPU,
    memory_total=96 * GIB, memory_free=90 * GIB,
)  # fmt: skip


def test_without_a_graphics_processor_all_stays_on_the_processor() -> None:
    placed = place(FLASH, cache=CACHE, work=WORK, devices=[CPU])

    assert placed.placement.gpu_layers == 0
    assert placed.placement.expert_layers_on_cpu == ()
    assert placed.gpu_bytes == 0


def test_a_card_of_16_gb_takes_the_dense_part_and_some_experts() -> None:
    placed = place(FLASH, cache=CACHE, work=WORK, devices=[CPU, gpu(16)])

    on_cpu = placed.placement.expert_layers_on_cpu
    assert placed.placement.gpu_layers == LAYERS + 1
    assert on_cpu == tuple(range(len(on_cpu)))
    assert 37 <= len(on_cpu) < LAYERS
    assert placed.gpu_bytes + CACHE + WORK <= 16 * GIB - RESERVED_BYTES
    one_more = placed.gpu_bytes + FLASH.experts[0] + CACHE + WORK
    assert one_more > 16 * GIB - RESERVED_BYTES, "another layer's experts would have fitted"
    assert "experts of" in placed.placement.words


@pytest.mark.parametrize(("cards", "most_on_cpu"), [(4, 0), (3, 12)])
def test_several_cards_share_the_layers_in_order(cards: int, most_on_cpu: int) -> None:
    placed = place(FLASH, cache=CACHE, work=WORK, devices=[CPU, *[gpu(24)] * cards])

    split = placed.placement.split
    assert len(split) == cards
    assert sum(split) == LAYERS + 1
    first = 0
    for count in split:
        layers = range(first, min(first + count, LAYERS))
        taken = sum(FLASH.dense[i] + CACHE // LAYERS for i in layers) + sum(
            FLASH.experts[i] for i in layers if i not in placed.placement.expert_layers_on_cpu
        )
        assert taken + WORK <= 24 * GIB - RESERVED_BYTES
        first += count
    assert 0 <= len(placed.placement.expert_layers_on_cpu) <= most_on_cpu
    assert bool(placed.placement.expert_layers_on_cpu) == (cards == 3)


def test_a_card_of_96_gb_takes_everything() -> None:
    placed = place(FLASH, cache=CACHE, work=WORK, devices=[CPU, gpu(96)])

    assert placed.placement.gpu_layers == LAYERS + 1
    assert placed.placement.expert_layers_on_cpu == ()
    assert placed.gpu_per_token == FLASH.per_token
    assert placed.placement.words == "All layers on Some card."


def test_memory_shared_with_the_system_is_not_counted_twice() -> None:
    placed = place(FLASH, cache=CACHE, work=WORK, devices=[CPU, gpu(100, DeviceKind.INTEGRATED)])

    assert placed.shared
    assert placed.placement.expert_layers_on_cpu == ()


def test_an_integrated_processor_is_left_alone_beside_a_card() -> None:
    both = [gpu(64, DeviceKind.INTEGRATED), gpu(16)]
    placed = place(FLASH, cache=CACHE, work=WORK, devices=[CPU, *both])

    assert not placed.shared
    assert placed.placement.split == ()


def test_a_card_too_small_for_the_dense_part_takes_the_last_layers() -> None:
    placed = place(FLASH, cache=CACHE, work=WORK, devices=[CPU, gpu(6)])

    layers = placed.placement.gpu_layers
    assert 1 < layers < LAYERS
    assert placed.placement.expert_layers_on_cpu == tuple(range(LAYERS + 1 - layers, LAYERS))
    assert placed.gpu_bytes + placed.gpu_own <= 6 * GIB - RESERVED_BYTES


def test_a_card_without_room_for_the_buffers_takes_nothing() -> None:
    placed = place(FLASH, cache=CACHE, work=WORK, devices=[CPU, gpu(1)])

    assert placed.placement.gpu_layers == 0
    assert "too small" in placed.placement.words


def test_a_network_without_experts_is_cut_by_layers() -> None:
    plain = Weights(
        outer=GIB, embedding=GIB, dense=(GIB,) * 20, experts=(0,) * 20, experts_used=0,
        experts_total=0,
    )  # fmt: skip
    placed = place(plain, cache=CACHE, work=WORK, devices=[CPU, gpu(12)])

    assert 1 < placed.placement.gpu_layers <= 11
    assert placed.placement.expert_layers_on_cpu == ()


@pytest.mark.parametrize(("tied", "outer"), [(False, 40), (True, 100)])
def test_tensors_are_shared_out_by_name(*, tied: bool, outer: int) -> None:
    sizes = {
        "token_embd.weight": 100, "output.weight": 40, "blk.0.attn_q_a.weight": 7,
        "blk.0.ffn_gate_exps.weight": 512, "blk.0.ffn_gate_shexp.weight": 3,
        "blk.1.ffn_gate_tid2eid.weight": 9, "blk.1.ffn_up_exps.weight": 256,
    }  # fmt: skip
    if tied:
        del sizes["output.weight"]
    weights = weights_of(sizes, experts_used=2, experts_total=8)

    assert (weights.outer, weights.dense, weights.experts) == (outer, (10, 0), (512, 256))
    assert weights.total == sum(sizes.values())
    assert weights.per_token == outer + 10 + 768 // 4
