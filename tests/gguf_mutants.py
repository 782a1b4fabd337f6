"""GGUF files changed in ways a damaged, careless or hostile converter would: keys, types, values,
arrays, tokens, tensors, offsets, parts. Most are well-formed, so that the checker has to understand
them."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field

import build
import build_generic
import gguf_writer as g

ARCHITECTURE = "general.architecture"
KINDS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"
}  # fmt: skip
"""The format's scalar types and how they are packed."""

OWN_KEYS = (
    *("vocab_size", "context_length", "embedding_length_out", "leading_dense_block_count"),
    *("feed_forward_length", "expert_feed_forward_length", "expert_shared_feed_forward_length"),
    *("expert_count", "expert_used_count", "expert_shared_count", "expert_group_count"),
    *("expert_group_used_count", "expert_weights_scale", "expert_weights_norm"),
    *("expert_gating_func", "nextn_predict_layers", "hidden_activation", "pooling_type"),
    *("logit_scale", "attn_logit_softcapping", "final_logit_softcapping", "residual_scale"),
    *("embedding_scale", "interleave_moe_layer_step", "full_attention_interval", "num_loops"),
    *("attention.head_count", "attention.head_count_kv", "attention.max_alibi_bias"),
    *("attention.clamp_kqv", "attention.key_length", "attention.value_length"),
    *("attention.layer_norm_epsilon", "attention.layer_norm_rms_epsilon", "attention.causal"),
    *("attention.kv_lora_rank", "attention.sliding_window", "attention.sliding_window_pattern"),
    *("attention.scale", "attention.temperature_length", "attention.temperature_scale"),
    *("attention.key_length_mla", "attention.value_length_mla", "attention.key_length_swa"),
    *("attention.value_length_swa", "attention.shared_kv_layers", "attention.recurrent_layers"),
    *("rope.dimension_count", "rope.dimension_count_swa", "rope.dimension_sections"),
    *("rope.freq_base", "rope.freq_base_swa", "rope.scale_linear", "rope.scaling.type"),
    *("rope.scaling.factor", "rope.scaling.alpha", "rope.scaling.attn_factor"),
    *("rope.scaling.original_context_length", "rope.scaling.finetuned"),
    *("rope.scaling.yarn_log_multiplier", "rope.scaling.yarn_ext_factor"),
    *("rope.scaling.yarn_attn_factor", "rope.scaling.yarn_beta_fast"),
    *("rope.scaling.yarn_beta_slow", "ssm.conv_kernel", "ssm.inner_size", "ssm.state_size"),
    *("ssm.time_step_rank", "ssm.group_count", "shortconv.l_cache", "wkv.head_size"),
    *("classifier.output_labels", "token_shift_count", "kda.head_dim", "n_deepstack_layers"),
    *("deepstack_mapping", "swiglu_clamp_exp", "swiglu_clamp_shexp", "tensor_data_layout"),
    *("hyper_connection.count", "ple.layers", "dense_2_feat_out", "use_parallel_residual"),
)
"""Keys llama.cpp asks any architecture for, without its name."""

OTHER_KEYS = (
    *("tokenizer.ggml.add_bos_token", "tokenizer.ggml.add_eos_token", "tokenizer.ggml.scores"),
    *("tokenizer.ggml.add_sep_token", "tokenizer.ggml.token_type_count", "tokenizer.ggml.pre"),
    *("tokenizer.ggml.add_space_prefix", "tokenizer.ggml.remove_extra_whitespaces"),
    *("tokenizer.ggml.precompiled_charsmap", "tokenizer.ggml.eot_token_id"),
    *("tokenizer.ggml.unknown_token_id", "tokenizer.ggml.fim_pre_token_id"),
    *("tokenizer.ggml.eos_token_ids", "tokenizer.ggml.suppress_tokens", "general.alignment"),
    *("tokenizer.ggml.prefix_token_id", "general.file_type", "general.type", "split.count"),
    *("split.no", "general.tensor_extra.name", "general.quantization_version"),
    *("tokenizer.chat_template", "adapter.type", "tokenizer.ggml.normalizer.lowercase"),
)
NUMBERS = (0, 1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 511, 512, 513,
           1023, 1025, 4096, 65_535, 65_536, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)  # fmt: skip
REALS = (0.0, 1.0, -1.0, 0.5, 1e-9, 1e-5, 1e6, 1e30, 3.4e38, float("inf"), float("nan"), -1e-6)
WORDS = (
    *("", "none", "linear", "yarn", "longrope", "x", "x" * 300, "llama", "gpt2", "bert", "t5"),
    *("rwkv", "plamo2", "gemma4", "default", "qwen2", "joyai-llm", "silu", "gelu", "no_vocab"),
)
TOKENS = (
    *("", " ", "a b", "ſ", "<0x-1>", "<0x0A>", "<0x>", "x" * 500, "a  b", "\0", "a\0b", "Ġ"),
    *("<|eot_id|>", "</s>", "<think>", "<|end|>", "▁", "\ud7ff", "<|channel|>", "é", "<eos>"),
)
TYPES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 26, 28, 30, 34, 39, 40, 41, 200)
ARCHITECTURES = (
    *("llama", "qwen2", "qwen3", "gemma2", "gemma3", "gpt-oss", "lfm2", "deepseek2", "deepseek4"),
    *("phi3", "granite", "granitehybrid", "smollm3", "cohere2", "olmo2", "exaone4", "falcon-h1"),
    *("qwen35", "bert", "clip", "t5", "deepseek41", "mamba", "command-r", "glm4", "stablelm"),
    *("minicpm", "starcoder2", "nemotron", "gemma", "falcon", "ernie4_5", "seed_oss", "llama4"),
)


@dataclass
class Draft:
    """A file in pieces that can be changed one by one.

    Attributes:
        entries: (key, type, value) in their order; keys may be there twice.
        tensors: [name, dimensions, type, offset or None for the right one, bytes].
        extra: bytes behind the last tensor.
        cut: bytes left off at the end.
    """

    entries: list[tuple[str, int, object]]
    tensors: list[list]
    alignment: int = 32
    extra: bytes = b""
    cut: int = 0
    packed: dict[int, bytes] = field(default_factory=dict)

    def copy(self) -> Draft:
        return Draft([*self.entries], [[*t] for t in self.tensors], packed=self.packed)

    def bytes(self) -> bytes:
        parts = [b"GGUF", struct.pack("<IQQ", 3, len(self.tensors), len(self.entries))]
        for key, kind, value in self.entries:
            parts += [g.pack_string(key), struct.pack("<I", kind), self._pack(kind, value)]
        at, bodies = 0, []
        for name, dimensions, kind, offset, raw in self.tensors:
            parts += [
                g.pack_string(name),
                struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions),
                struct.pack("<IQ", kind, at if offset is None else offset),
            ]
            padded = raw + bytes(-len(raw) % self.alignment)
            bodies.append(padded)
            at += len(padded)
        head = b"".join(parts)
        whole = head + bytes(-len(head) % self.alignment) + b"".join(bodies) + self.extra
        return whole[: len(whole) - self.cut] if self.cut else whole

    def _pack(self, kind: int, value: object) -> bytes:
        """Large arrays are the same objects in all drafts of a file, and packed once."""
        if kind != g.ARRAY:
            return pack(kind, value)
        found = self.packed.get(id(value))
        if found is None:
            found = pack(kind, value)
            if len(found) > 2000 and len(self.packed) < 64:
                self.packed[id(value)] = found
                self.packed[-id(value)] = value  # keeps the object, and so its number, alive
        return found


def pack(kind: int, value: object) -> bytes:
    if kind == g.STRING:
        raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        return struct.pack("<Q", len(raw)) + raw
    if kind == g.ARRAY:
        element, items = value
        return struct.pack("<IQ", element, len(items)) + b"".join(pack(element, i) for i in items)
    code = KINDS[kind]
    if code in "fd":
        return struct.pack("<" + code, float(value))
    if code == "?":
        return struct.pack("<B", int(value) & 0xFF)
    bits = 8 * struct.calcsize(code)
    return struct.pack("<" + code.upper(), int(value) & ((1 << bits) - 1))


def drafts() -> dict[str, Draft]:
    """The sound files mutants are made of."""
    writers = {"v4": build.describe(1)}
    writers |= {kind: build_generic.describe(kind) for kind in build_generic.KINDS}
    found = {
        name: Draft(
            [(key, kind, value) for key, (kind, value) in writer.metadata.items()],
            [[n, d, k, None, raw] for n, (k, d, raw) in writer.tensors.items()],
        )
        for name, writer in writers.items()
    }
    found["words"] = Draft([*found["llama"].entries], [])
    return found


class Mutator:
    """Makes mutants; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.drafts = drafts()
        self.pool = [key for draft in self.drafts.values() for key, _, _ in draft.entries]

    def mutant(self) -> tuple[str, list[bytes]]:
        """What was done, and the bytes of each part."""
        base = self.chance.choices(["v4", "llama", "gemma3", "lfm2", "words"], [50, 25, 12, 12, 1])[
            0
        ]
        draft = self.drafts[base].copy()
        done = [base]
        if self.chance.random() < 0.07:
            return self._parts(draft, done)
        for _ in range(self.chance.choices([1, 2, 3], [70, 22, 8])[0]):
            change = self.chance.choices(
                [self._value, self._type, self._drop, self._add, self._list, self._tokens,
                 self._tensor, self._table, self._swap, self._architecture],
                [26, 6, 5, 14, 10, 9, 14, 6, 4, 2],
            )[0]  # fmt: skip
            done.append(change(draft))
        whole = draft.bytes()
        if self.chance.random() < 0.08:
            whole = self._bytes(whole)
            done.append("bytes")
        return " + ".join(done), [whole]

    def _own(self, draft: Draft) -> str:
        named = (value for key, _, value in draft.entries if key == ARCHITECTURE)
        return f"{next(named, 'none')}."

    def _place(self, draft: Draft, wanted=lambda key, kind: True) -> int:
        """A key worth changing: mostly the architecture's own."""
        own = self._own(draft)
        places = [n for n, (key, kind, _) in enumerate(draft.entries) if wanted(key, kind)]
        inner = [n for n in places if draft.entries[n][0].startswith((own, "tokenizer."))]
        if not places:
            return -1
        return self.chance.choice(inner if inner and self.chance.random() < 0.9 else places)

    def other(self, kind: int, value: object) -> object:
        """Another value of the same type."""
        chance = self.chance
        if kind == g.STRING:
            return chance.choice([*WORDS, str(value)[:-1], str(value) * 2])
        if kind == g.ARRAY:
            element, items = value
            return element, [self.other(element, item) for item in items[:600]]
        if kind == 7:
            return chance.choice([0, 1, 2, 255])
        if kind in {6, 12}:
            near = [float(value) * 2, float(value) / 3, -float(value)]
            return chance.choice([*near, *REALS])
        number = int(value)
        near = [number - 1, number + 1, number * 2, number // 2, number * 4, number ^ 4]
        return chance.choice([*near, *near, *NUMBERS, chance.randrange(1 << 10)])

    def _value(self, draft: Draft) -> str:
        place = self._place(draft, lambda _, kind: kind != g.ARRAY)
        key, kind, value = draft.entries[place]
        draft.entries[place] = key, kind, self.other(kind, value)
        return f"{key}={str(draft.entries[place][2])[:30]}"

    def _type(self, draft: Draft) -> str:
        place = self._place(draft)
        key, kind, value = draft.entries[place]
        other = self.chance.choice([*KINDS, g.STRING, g.ARRAY])
        draft.entries[place] = key, other, self._as(other, kind, value)
        return f"{key}:{kind}->{other}"

    def _as(self, other: int, kind: int, value: object) -> object:
        if other == kind:
            return value
        if other == g.STRING:
            return str(value)[:100]
        if other == g.ARRAY:
            element = kind if kind in KINDS else g.STRING
            length = self.chance.choice([0, 1, 2, 4, 5, 6, 64, 512, 513])
            return element, [value if kind != g.ARRAY else "x"] * length
        if kind in KINDS:
            return value
        return self.chance.choice(NUMBERS)

    def _drop(self, draft: Draft) -> str:
        place = self._place(draft)
        return "-" + draft.entries.pop(place)[0] if draft.entries else "nothing"

    def _add(self, draft: Draft) -> str:
        chance = self.chance
        own = chance.choice(OWN_KEYS)
        key = self._own(draft) + own if chance.random() < 0.75 else chance.choice(OTHER_KEYS)
        draft.entries = [entry for entry in draft.entries if entry[0] != key]
        kind = chance.choices(
            [g.U32, g.F32, g.BOOL, g.STRING, g.ARRAY, 5, 2], [50, 15, 8, 8, 12, 4, 3]
        )[0]
        value: object = chance.choice(NUMBERS)
        if kind == g.F32:
            value = chance.choice(REALS)
        if kind == g.STRING:
            value = chance.choice(WORDS)
        if kind == g.ARRAY:
            element = chance.choice([4, 5, 6, 7, 8])
            values = WORDS if element == 8 else REALS if element == 6 else NUMBERS
            length = chance.choice([0, 1, 2, 3, 4, 5, 6, 64, 512, 600])
            value = element, [chance.choice(values) for _ in range(length)]
        draft.entries.append((key, kind, value))
        return f"+{key}={str(value)[:30]}"

    def _swap(self, draft: Draft) -> str:
        """Two keys change their values, or one becomes another, or stands there twice."""
        one, two = self._place(draft), self._place(draft)
        (key, *value), (other, *rest) = draft.entries[one], draft.entries[two]
        match self.chance.randrange(3):
            case 0:
                draft.entries[one], draft.entries[two] = (key, *rest), (other, *value)
            case 1:
                draft.entries[one] = (other, *value)
            case _:
                draft.entries[one] = (self.chance.choice(self.pool), *value)
        return f"{key}<->{other}"

    def _list(self, draft: Draft) -> str:
        place = self._place(draft, lambda key, kind: kind == g.ARRAY)
        if place < 0:
            return "nothing"
        key, kind, (element, items) = draft.entries[place]
        items = [*items]
        at = self.chance.randrange(len(items)) if items else 0
        match self.chance.randrange(6):
            case 0 if items:
                del items[at]
            case 1 if items:
                items.insert(at, items[self.chance.randrange(len(items))])
            case 2:
                items = items[: self.chance.randrange(len(items) + 1)]
            case 3 if items:
                items += items[: self.chance.choice([1, 2, 64, 600])]
            case 4 if element in KINDS:
                element = self.chance.choice([4, 5, 6, 7, 10, 0])
            case _ if items:
                items[at] = (
                    self.chance.choice(TOKENS) if element == 8 else self.other(element, items[at])
                )
        draft.entries[place] = key, kind, (element, items)
        return f"{key}[{at}]"

    def _tokens(self, draft: Draft) -> str:
        """Tokens, their types, merges and numbers."""
        chance = self.chance
        table = {key: n for n, (key, _, _) in enumerate(draft.entries)}
        name = chance.choice(["tokens", "tokens", "token_type", "merges", "id"])
        if name == "id":
            ids = [key for key in table if key.endswith("_token_id")]
            if not ids:
                return "nothing"
            key = chance.choice(ids)
            draft.entries[table[key]] = key, g.U32, chance.choice([*NUMBERS, 639, 640, 641])
            return key
        place = table.get(f"tokenizer.ggml.{name}", -1)
        if place < 0 or draft.entries[place][1] != g.ARRAY:
            return "nothing"
        key, kind, (element, items) = draft.entries[place]
        items = [*items]
        for _ in range(chance.choice([1, 1, 3, 50])):
            if not items:
                break
            at = chance.randrange(len(items))
            if name == "tokens":
                items[at] = chance.choice([*TOKENS, items[chance.randrange(len(items))]])
            elif name == "merges":
                items[at] = chance.choice(["", " ", "a", "a ", " b", "é è", "x" * 3000, "Ġ Ġ"])
            else:
                items[at] = chance.choice([0, 1, 2, 3, 4, 5, 6, 7, -1, 1 << 30])
        draft.entries[place] = key, kind, (element, items)
        return key

    def _tensor(self, draft: Draft) -> str:
        if not draft.tensors:
            return "nothing"
        chance = self.chance
        place = chance.randrange(len(draft.tensors))
        tensor = draft.tensors[place]
        name, dimensions, kind, _, raw = tensor
        match chance.randrange(9):
            case 0:
                del draft.tensors[place]
            case 1:
                tensor[0] = chance.choice(
                    [name + "x", "blk.99.attn_q.weight", "", "x" * 70,
                     name.replace("blk.1", "blk.7"), name.replace("weight", "bias"),
                     "rope_freqs.weight", "a b"]
                )  # fmt: skip
            case 2:
                tensor[2] = chance.choice(TYPES)
                size = _size(tensor[2], dimensions)
                tensor[4] = (raw * (size // len(raw) + 1))[:size] if size else raw
            case 3:
                tensor[1] = tuple(reversed(dimensions))
            case 4:
                at = chance.randrange(len(dimensions))
                changed = [*dimensions]
                changed[at] = chance.choice(
                    [0, 1, changed[at] + 1, changed[at] * 2, changed[at] // 2, 32, 1 << 33, 1 << 62]
                )
                tensor[1] = tuple(changed)
                size = _size(kind, tensor[1])
                if 0 < size < 1 << 22:
                    tensor[4] = (raw * (size // len(raw) + 1))[:size]
            case 5:
                tensor[4] = chance.randbytes(len(raw))
            case 6:
                tensor[4] = bytes(len(raw))
            case 7:
                tensor[1] = chance.choice([(*dimensions, 1), (*dimensions, 2), dimensions[:1]])
            case _:
                other = draft.tensors[chance.randrange(len(draft.tensors))]
                tensor[0], other[0] = other[0], tensor[0]
        return f"{name}{tensor[1]}:{tensor[2]}"

    def _table(self, draft: Draft) -> str:
        """Where tensors lie, what follows them, and tensors nobody asked for."""
        chance = self.chance
        match chance.randrange(5):
            case 0 if draft.tensors:
                tensor = chance.choice(draft.tensors)
                tensor[3] = chance.choice([0, 1, 32, 64, 1 << 20, (1 << 64) - 32, 1 << 40])
                return f"offset of {tensor[0]}"
            case 1:
                draft.extra = bytes(chance.choice([1, 31, 32, 64, 5000]))
                return "more bytes"
            case 2:
                draft.cut = chance.choice([1, 16, 33, 1000, 100_000])
                return "fewer bytes"
            case 3:
                name = chance.choice(
                    ["rope_freqs.weight", "output.bias", "blk.0.attn_q.bias", "blk.0.attn_k.bias",
                     "blk.1.ffn_up.bias", "blk.0.attn_output.bias", "cls.weight", "x.weight",
                     "blk.0.attn_q.scale", "blk.2.exp_probs_b.bias", "blk.0.attn_sinks.weight",
                     "blk.0.rope_factors_long.weight", "blk.0.rope_factors_short.weight",
                     "blk.0.attn_q_norm.weight", "blk.0.ffn_gate.scale", "nextn.pre_projection"]
                )  # fmt: skip
                width = chance.choice([1, 2, 16, 32, 64, 128])
                kind = chance.choice([0, 0, 0, 1, 8, 26])
                size = _size(kind, (width,))
                draft.tensors.append([name, (width,), kind, None, bytes(size)])
                return f"{name}({width})"
            case _:
                alignment = chance.choice([1, 8, 16, 64, 128, 4096, 3])
                draft.alignment = alignment
                draft.entries.append(("general.alignment", g.U32, alignment))
                return f"alignment {alignment}"

    def _architecture(self, draft: Draft) -> str:
        old, new = self._own(draft), self.chance.choice(ARCHITECTURES)
        draft.entries = [
            (new + "." + key.removeprefix(old), kind, value)
            if key.startswith(old)
            else (key, kind, new if key == ARCHITECTURE else value)
            for key, kind, value in draft.entries
        ]
        return new

    def _bytes(self, whole: bytes) -> bytes:
        changed = bytearray(whole)
        for _ in range(self.chance.randrange(1, 4)):
            place = self.chance.randrange(24, min(len(changed), 40_000))
            changed[place] = self.chance.choice([0, 1, 2, 0x7F, 0x80, 0xFF])
        return bytes(changed)

    def _parts(self, draft: Draft, done: list[str]) -> tuple[str, list[bytes]]:
        """The file in two or three parts, and something wrong with them."""
        chance = self.chance
        count = chance.choice([2, 3])
        parts = split(draft, count)
        what = chance.choice(
            ["nothing", "number", "count", "tensors", "swapped", "doubled", "other", "missing",
             "value", "tensor"]
        )  # fmt: skip
        victim = chance.randrange(count)
        if what in {"number", "count", "tensors"}:
            key = {"number": "split.no", "count": "split.count", "tensors": "split.tensors.count"}
            parts[victim].entries = [
                (k, kind, chance.choice([0, 1, 2, 3, 7, 65_535]))
                if k == key[what]
                else (k, kind, v)
                for k, kind, v in parts[victim].entries
            ]
        elif what == "value":
            done.append(self._value(parts[victim]))
        elif what == "tensor":
            done.append(self._tensor(parts[victim]))
        elif what == "other":
            stranger = split(self.drafts[chance.choice(["v4", "llama", "lfm2"])].copy(), count)
            parts[victim] = stranger[victim]
        files = [part.bytes() for part in parts]
        if what == "swapped":
            chance.shuffle(files)
        elif what == "doubled":
            files[victim] = files[(victim + 1) % count]
        elif what == "missing":
            del files[victim]
        return " + ".join([*done, f"{count} parts, {what}"]), files


def split(draft: Draft, count: int) -> list[Draft]:
    """A file in parts, as llama.cpp's own program splits it."""
    parts = []
    for number in range(count):
        tensors = draft.tensors[number::count]
        own = [
            ("split.no", 2, number),
            ("split.count", 2, count),
            ("split.tensors.count", 5, len(draft.tensors)),
        ]
        parts.append(Draft([*(draft.entries if number == 0 else []), *own], tensors))
    return parts


def _size(kind: int, dimensions: tuple[int, ...]) -> int:
    """Bytes of a tensor; 0 if it cannot have this type."""
    from carrel.engine.files.gguf import BLOCKS

    if kind not in BLOCKS or not dimensions or 0 in dimensions:
        return 0
    _, weights, size = BLOCKS[kind]
    rows = 1
    for dimension in dimensions[1:]:
        rows *= dimension
    return -(-dimensions[0] // weights) * size * rows
