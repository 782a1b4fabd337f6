"""Carrel Nano as a PyTorch graph: the `deepseek4` graph of llama.cpp, all positions at once.

Parameters carry their GGUF names, dots written as bars. Two forms give the same
numbers where both apply: the full form with dynamic hyper-connections, and the
fast form for hyper-connections that are degenerate (all streams equal: weights
1/4 in, 1 out, doubly stochastic mixing), which then are a plain residual. The
indexer is not computed: `indexer_top` is larger than any number of blocks, so
it chooses every block.
"""

import math
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from geometry import STREAMS, Geometry, tensors
from torch import Tensor, nn

HIDDEN: Final = -1e9
"""Added to scores that a query must not see."""
CHUNK: Final = 128
"""Queries that are computed together; keys after the chunk are then left out."""
SMALLEST_SUM: Final = 6.103515625e-5
"""llama.cpp's lower bound of the sum of expert weights."""
BALANCE_STEP: Final = 2e-3
"""How far an expert's bias moves per step against its load."""


def rope_tables(g: Geometry, positions: Tensor, *, compressed: bool) -> Tensor:
    """Rotations per position and pair, complex; YaRN for compressed layers as ggml has it."""
    n = g.rope
    i = torch.arange(0, n, 2, dtype=torch.float64)
    base = g.compress_base if compressed else g.rope_base
    speed = base ** (-i / n)
    if compressed:

        def border(beta: float) -> float:
            turns = g.yarn_context / (beta * 2 * math.pi)
            return n * math.log(turns) / (2 * math.log(base))

        low = max(0.0, math.floor(border(g.beta_fast)))
        high = min(n - 1.0, math.ceil(border(g.beta_slow)))
        ramp = 1 - ((i / 2 - low) / max(0.001, high - low)).clamp(0, 1)
        speed = speed / g.yarn_factor * (1 - ramp) + speed * ramp
    angle = positions.double()[:, None] * speed[None]
    return torch.complex(angle.cos().float(), angle.sin().float())


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """Turn the last pairs of each vector by the complex numbers given."""
    pairs = turns.shape[-1]
    tail = x[..., -2 * pairs :].reshape(*x.shape[:-1], pairs, 2)
    turned = torch.view_as_real(torch.view_as_complex(tail.contiguous()) * turns).flatten(-2)
    return torch.cat([x[..., : -2 * pairs], turned], -1)


def sinkhorn(mix: Tensor, epsilon: float, rounds: int) -> Tensor:
    """Make matrices [..., source, destination] doubly stochastic."""
    mix = mix.softmax(-1) + epsilon
    mix = mix / (mix.sum(-2, keepdim=True) + epsilon)
    for _ in range(rounds - 1):
        mix = mix / (mix.sum(-1, keepdim=True) + epsilon)
        mix = mix / (mix.sum(-2, keepdim=True) + epsilon)
    return mix


class Graph(nn.Module):
    """The network.

    Attributes:
        g: its shape.
        plain: whether the fast form is computed.
    """

    def __init__(self, g: Geometry, values: dict[str, Tensor], *, plain: bool) -> None:
        """Take start values.

        Args:
            g: the shape.
            values: a tensor for each name of `geometry.tensors` but the output matrix.
            plain: compute the fast form; hyper-connections and sinks then stay as they are.
        """
        super().__init__()
        self.g, self.plain = g, plain
        self.p = nn.ParameterDict()
        for name, (kind, _shape) in tensors(g).items():
            if name == "output.weight":
                continue
            value, key = values[name], name.replace(".", "|")
            still = kind in {"experts"} or "indexer" in name or name.endswith("exp_probs_b.bias")
            still = still or (plain and ("hc_" in name or "sinks" in name))
            if still:
                self.register_buffer(key, value)
            else:
                self.p[key] = nn.Parameter(value)
        self._tables: dict[tuple[str, int, int], Tensor] = {}

    def w(self, name: str) -> Tensor:
        """A tensor by its GGUF name."""
        key = name.replace(".", "|")
        found = self.p[key] if key in self.p else getattr(self, key)
        assert isinstance(found, Tensor)
        return found

    def _turns(self, ratio: int, length: int, *, blocks: bool) -> Tensor:
        key = ("blocks" if blocks else "turns", ratio, length)
        if key not in self._tables:
            positions = torch.arange(length // ratio) * ratio if blocks else torch.arange(length)
            self._tables[key] = rope_tables(self.g, positions, compressed=ratio != 0)
        return self._tables[key]

    def _mask(self, ratio: int, length: int) -> Tensor:
        """What each position sees: tokens, blocks, and the sink in the last column."""
        key = ("mask", ratio, length)
        if key not in self._tables:
            at = torch.arange(length)
            back = at[:, None] - at[None, :]
            seen = [(back >= 0) & (back < self.g.window)]
            if ratio:
                seen.append(torch.arange(length // ratio)[None, :] < ((at[:, None] + 1) // ratio))
            seen.append(torch.ones(length, 1, dtype=torch.bool))
            whole = torch.cat(seen, 1)
            self._tables[key] = torch.zeros(whole.shape).masked_fill(~whole, HIDDEN)
        return self._tables[key]

    def attention(self, a: Tensor, layer: int, wanted: Tensor | None = None) -> Tensor:
        """Attention of one layer.

        Args:
            a: normed input, [batch, length, width].
            layer: which.
            wanted: positions per row, [batch, n], whose output is needed; all if None.

        Returns:
            [batch, length or n, width].
        """
        g, b, ratio = self.g, f"blk.{layer}.", self.g.ratios[layer]
        batch, length, width = a.shape
        turns = self._turns(ratio, length, blocks=False)
        kv_parts = [self.w(b + "attn_kv.weight")]
        if ratio:
            kv_parts += [
                self.w(b + "attn_compressor_kv.weight"),
                self.w(b + "attn_compressor_gate.weight"),
            ]
        z = a @ torch.cat(kv_parts, 0).t()
        if wanted is None:
            asked, asked_turns = a, turns[None]
        else:
            asked = a.gather(1, wanted[..., None].expand(-1, -1, width))
            asked_turns = turns[wanted]
        n = asked.shape[1]
        rank = asked @ self.w(b + "attn_q_a.weight").t()
        rank = F.rms_norm(rank, (g.query_rank,), self.w(b + "attn_q_a_norm.weight"), g.epsilon)
        q = (rank @ self.w(b + "attn_q_b.weight").t()).view(batch, n, g.heads, g.head)
        q = rotate(F.rms_norm(q, (g.head,), None, g.epsilon).transpose(1, 2), asked_turns[:, None])
        kv = F.rms_norm(z[..., : g.head], (g.head,), self.w(b + "attn_kv_a_norm.weight"), g.epsilon)
        kv = rotate(kv, turns)
        blocks = self._compress(z[..., g.head :], b, ratio) if ratio else kv[:, :0]
        nothing = kv.new_zeros(batch, 1, g.head)
        sinks = self.w(b + "attn_sinks.weight")
        if wanted is None:
            outs = []
            for start in range(0, length, CHUNK):
                stop = min(start + CHUNK, length)
                first = max(0, start - g.window + 1)
                ready = stop // ratio if ratio else 0
                keys = torch.cat([kv[:, first:stop], blocks[:, :ready], nothing], 1)
                mask = self._chunk_mask(ratio, length, (start, stop, first, ready))
                outs.append(self._attend(q[:, :, start:stop], keys, mask, sinks))
            out = torch.cat(outs, 2)
        else:
            keys = torch.cat([kv, blocks, nothing], 1)
            mask = self._mask(ratio, length)[wanted][:, None].expand(-1, g.heads, -1, -1)
            out = self._attend(q, keys, mask.reshape(batch, g.heads * n, -1), sinks)
        out = rotate(out, asked_turns[:, None].conj())
        per = g.heads // g.groups
        out = out.view(batch, g.groups, per, n, g.head).permute(1, 0, 3, 2, 4)
        out = out.reshape(g.groups, batch * n, per * g.head)
        low = self.w(b + "attn_output_a.weight").view(g.groups, g.output_rank, -1)
        out = torch.bmm(out, low.transpose(1, 2)).transpose(0, 1)
        out = out.reshape(batch, n, g.groups * g.output_rank)
        return out @ self.w(b + "attn_output_b.weight").t()

    def _chunk_mask(self, ratio: int, length: int, piece: tuple[int, int, int, int]) -> Tensor:
        start, stop, first, ready = piece
        key = (f"mask {start} {stop} {first} {ready}", ratio, length)
        if key not in self._tables:
            whole = self._mask(ratio, length)[start:stop]
            parts = [whole[:, first:stop], whole[:, length : length + ready], whole[:, -1:]]
            self._tables[key] = torch.cat(parts, 1).repeat(self.g.heads, 1)[None]
        return self._tables[key]

    def _attend(self, q: Tensor, keys: Tensor, mask: Tensor, sinks: Tensor) -> Tensor:
        """Softmax attention with K = V; the last key is the sink, which has no value."""
        batch, heads, n, head = q.shape
        if not self.plain:
            column = sinks.repeat_interleave(n)[None, :, None].expand(mask.shape[0], -1, 1)
            mask = torch.cat([mask[..., :-1], column], -1)
        flat = q.reshape(batch, heads * n, head)
        scale = 1 / math.sqrt(head)
        share = torch.baddbmm(mask, flat, keys.transpose(1, 2), alpha=scale).softmax(-1)
        return torch.bmm(share, keys).view(batch, heads, n, head)

    def _compress(self, z: Tensor, b: str, ratio: int) -> Tensor:
        """Rows that stand for `ratio` tokens each (with ratio 4 also for the 4 before)."""
        g, head = self.g, self.g.head
        batch, length, _ = z.shape
        n, halves = length // ratio, 2 if ratio == 4 else 1
        z = z[:, : n * ratio].reshape(batch, n, ratio, 2, halves * head)
        v, s = z[:, :, :, 0], z[:, :, :, 1] + self.w(b + "attn_compressor_ape.weight")
        if ratio == 4:
            before = (0, 0, 0, 0, 1, 0)
            v = torch.cat([F.pad(v[:, :-1, :, :head], before), v[..., head:]], 2)
            s = torch.cat([F.pad(s[:, :-1, :, :head], before, value=HIDDEN), s[..., head:]], 2)
        rows = (v * s.softmax(2)).sum(2)
        rows = F.rms_norm(rows, (head,), self.w(b + "attn_compressor_norm.weight"), g.epsilon)
        return rotate(rows, self._turns(ratio, length, blocks=True))

    def experts(self, a: Tensor, layer: int, ids: Tensor) -> Tensor:
        """The experts of one layer, for rows [n, width] of the tokens `ids` [n]."""
        g, b = self.g, f"blk.{layer}."
        count, wide = g.experts, g.expert_width
        affinity = F.softplus(a @ self.w(b + "ffn_gate_inp.weight").t()).sqrt()
        if layer < g.hash_layers:
            chosen = self.w(b + "ffn_gate_tid2eid.weight")[ids].long()
            mask = torch.zeros_like(affinity).scatter(1, chosen, 1.0)
        else:
            bias = self.w(b + "exp_probs_b.bias")
            chosen = (affinity + bias).detach().topk(g.experts_used, -1).indices
            mask = torch.zeros_like(affinity).scatter(1, chosen, 1.0)
            if self.training:
                bias.add_((g.experts_used / count - mask.mean(0)).sign(), alpha=BALANCE_STEP)
        share = affinity * mask
        share = share / share.sum(-1, keepdim=True).clamp_min(SMALLEST_SUM) * g.expert_scale
        share = torch.cat([share, torch.ones_like(share[:, :1])], 1)
        rise = [
            self.w(b + "ffn_gate_exps.weight").view(-1, g.width),
            self.w(b + "ffn_gate_shexp.weight"),
            self.w(b + "ffn_up_exps.weight").view(-1, g.width),
            self.w(b + "ffn_up_shexp.weight"),
        ]
        down = self.w(b + "ffn_down_exps.weight").transpose(0, 1).reshape(g.width, -1)
        down = torch.cat([down, self.w(b + "ffn_down_shexp.weight")], 1)
        both = a @ torch.cat(rise, 0).t()
        n = (count + 1) * wide
        act = F.silu(both[:, :n].clamp(max=g.clamp)) * both[:, n:].clamp(-g.clamp, g.clamp)
        return (act.view(-1, count + 1, wide) * share[:, :, None]).flatten(1) @ down.t()

    def trunk(
        self, ids: Tensor, wanted: Tensor | None = None, taps: tuple[int, ...] = ()
    ) -> tuple[Tensor, dict[int, Tensor]]:
        """All layers.

        Args:
            ids: tokens, [batch, length].
            wanted: positions per row whose result is needed, [batch, n].
            taps: layers whose output is returned as well (fast form only).

        Returns:
            Normed results [batch, length or n, width], and the outputs of the layers asked for.
        """
        return self._trunk_plain(ids, wanted, taps) if self.plain else (self._trunk_full(ids), {})

    def _norm(self, x: Tensor, name: str) -> Tensor:
        return F.rms_norm(x, (self.g.width,), self.w(name), self.g.epsilon)

    def _trunk_plain(
        self, ids: Tensor, wanted: Tensor | None, taps: tuple[int, ...]
    ) -> tuple[Tensor, dict[int, Tensor]]:
        g = self.g
        x = F.embedding(ids, self.w("token_embd.weight"))
        out: dict[int, Tensor] = {}
        for layer in range(g.layers):
            b, last = f"blk.{layer}.", layer == g.layers - 1
            only = wanted if last else None
            y = self.attention(self._norm(x, b + "attn_norm.weight"), layer, only)
            if only is not None:
                x = x.gather(1, only[..., None].expand(-1, -1, g.width))
                ids = ids.gather(1, only)
            x = x + y
            flat = self._norm(x, b + "ffn_norm.weight").flatten(0, 1)
            x = x + self.experts(flat, layer, ids.flatten()).view(x.shape)
            if layer in taps:
                out[layer] = x
        return self._norm(x, "output_norm.weight"), out

    def _gates(self, streams: Tensor, name: str) -> Tensor:
        """What the streams [batch, length, 4, width] say about their own mixing."""
        flat = streams.flatten(-2)
        flat = F.rms_norm(flat, (flat.shape[-1],), None, self.g.epsilon)
        return flat @ self.w(name + "_fn.weight").t()

    def _read(self, streams: Tensor, name: str) -> tuple[Tensor, Tensor, Tensor]:
        """Input of a part of a layer, weights of its output, and how streams mix."""
        g = self.g
        said, scale, base = (
            self._gates(streams, name),
            self.w(name + "_scale.weight"),
            self.w(name + "_base.weight"),
        )
        pre = torch.sigmoid(said[..., :4] * scale[0] + base[:4]) + g.epsilon
        post = 2 * torch.sigmoid(said[..., 4:8] * scale[1] + base[4:8])
        mix = (said[..., 8:] * scale[2] + base[8:]).unflatten(-1, (STREAMS, STREAMS))
        mix = sinkhorn(mix, g.epsilon, g.sinkhorn)
        return (streams * pre[..., None]).sum(-2), post, mix

    def _trunk_full(self, ids: Tensor) -> Tensor:
        g = self.g
        x = F.embedding(ids, self.w("token_embd.weight"))
        streams = x[..., None, :].expand(-1, -1, STREAMS, -1)
        for layer in range(g.layers):
            b = f"blk.{layer}."
            for part in ("attn", "ffn"):
                u, post, mix = self._read(streams, f"{b}hc_{part}")
                a = self._norm(u, f"{b}{part}_norm.weight")
                if part == "attn":
                    y = self.attention(a, layer)
                else:
                    y = self.experts(a.flatten(0, 1), layer, ids.flatten()).view(a.shape)
                mixed = torch.einsum("btsd,btse->btde", mix, streams)
                streams = mixed + post[..., None] * y[..., None, :]
        said = self._gates(streams, "output_hc")
        weights = torch.sigmoid(
            said * self.w("output_hc_scale.weight") + self.w("output_hc_base.weight")
        )
        x = (streams * (weights + g.epsilon)[..., None]).sum(-2)
        return self._norm(x, "output_norm.weight")

    def logits(self, y: Tensor) -> Tensor:
        """Scores of the next token."""
        return y @ (self.w("token_embd.weight").t() * self.g.logit_scale)
