"""Where the words of a quote lie among words of a source that are not quite the same.

Must not know what a word is, or what a difference means.
"""

from collections.abc import Sequence

from rapidfuzz.distance import Indel


def aligned(left: Sequence[str], right: Sequence[str]) -> tuple[int, int] | None:
    """The range of words that belong to the quote.

    Args:
        left: words of the quote.
        right: words of the source, around where it should be.

    Returns:
        The first of them, and the one after the last; None when nothing is common to both.
    """
    blocks = [
        [step.src_start, step.src_end, step.dest_start, step.dest_end]
        for step in Indel.opcodes(left, right)
        if step.tag == "equal"
    ]
    _draw_together(blocks, left, right)
    # A stray “the” far from the rest is no part of the match.
    while len(blocks) > 1 and _strays(blocks[0], blocks[1]):
        blocks.pop(0)
    while len(blocks) > 1 and _strays(blocks[-1], blocks[-2]):
        blocks.pop()
    if not blocks:
        return None
    # A changed word at either end belongs to the match.
    start = max(0, blocks[0][2] - blocks[0][0])
    end = min(len(right), blocks[-1][3] + len(left) - blocks[-1][1])
    if not _alike(left[: blocks[0][0]], right[start : blocks[0][2]]):
        start = blocks[0][2]
    if not _alike(left[blocks[-1][1] :], right[blocks[-1][3] : end]):
        end = blocks[-1][3]
    return (start, end) if end > start else None


def _draw_together(blocks: list[list[int]], left: Sequence[str], right: Sequence[str]) -> None:
    """Move words at the edges next to the others where they stand there, too.

    Words of a heading that its first sentence repeats may be matched in either.
    """
    while len(blocks) > 1:
        first, second = blocks[0], blocks[1]
        while (
            first[0] < first[1] == second[0]
            and first[3] < second[2]
            and left[first[1] - 1] == right[second[2] - 1]
        ):
            first[1], first[3] = first[1] - 1, first[3] - 1
            second[0], second[2] = second[0] - 1, second[2] - 1
        if first[0] < first[1]:
            break
        blocks.pop(0)
    while len(blocks) > 1:
        before, last = blocks[-2], blocks[-1]
        while (
            before[1] == last[0] < last[1]
            and before[3] < last[2]
            and left[last[0]] == right[before[3]]
        ):
            last[0], last[2] = last[0] + 1, last[2] + 1
            before[1], before[3] = before[1] + 1, before[3] + 1
        if last[0] < last[1]:
            break
        blocks.pop()


def _strays(edge: Sequence[int], neighbour: Sequence[int]) -> bool:
    gap = max(neighbour[2] - edge[3], edge[2] - neighbour[3])
    missing = max(neighbour[0] - edge[1], edge[0] - neighbour[1])
    return gap - missing > edge[1] - edge[0]


def _alike(left: Sequence[str], right: Sequence[str]) -> bool:
    return bool(left) and Indel.normalized_similarity(" ".join(left), " ".join(right)) >= 0.5
