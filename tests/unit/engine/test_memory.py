"""The formulae give what was measured on a file of the real shape."""

import pytest

from carrel.engine.geometry import Geometry, expected_tensors
from carrel.engine.memory import memory_need

REAL = Geometry(
    words=129_280, layers=43, width=4096, heads=64, head=512, query_rank=1024, output_groups=8,
    output_rank=1024, window=128, ratios=(0, 0, *((4, 128) * 20), 4), indexer_heads=64,
    indexer_head=128, experts=256, experts_used=6, experts_shared=1, expert_width=2048,
    hash_layers=3, streams=4,
)  # fmt: skip


@pytest.mark.parametrize(
    ("context", "cache", "work"),
    [(4096, 63.5, 269), (32_768, 247, 301), (131_072, 892, 413), (1_048_576, 6912, 1781)],
)
def test_cache_is_exact_and_work_within_nine_percent(context, cache, work) -> None:
    need = memory_need(REAL, file_bytes=0, context=context, batch=512, cache_type="f16")

    assert need.cache / 2**20 == pytest.approx(cache, abs=0.5)
    assert need.state / 2**20 == pytest.approx(11.64, abs=0.01)
    assert need.work / 2**20 == pytest.approx(work, rel=0.09)


def test_the_quantised_cache_takes_little_more_than_half() -> None:
    need = memory_need(REAL, file_bytes=0, context=131_072, batch=512, cache_type="q8_0")

    assert need.cache / 2**20 == pytest.approx(474, abs=0.5)


def test_the_real_shape_has_as_many_tensors_as_the_real_file() -> None:
    assert len(list(expected_tensors(REAL))) == 1328
