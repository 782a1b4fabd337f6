"""What can go wrong with an engine or a GGUF file.

* EngineError
  + GgufError            the file, found by reading its header
    - NotGguf, FailedDownload, TruncatedGguf, OldGguf, DamagedGguf, UnfitGguf, ShardError,
      BadPart, ForkFile
    - OtherArchitecture, and NoChatModel for what is no model one can talk to
    - NoEmbeddingModel      where one that compares texts is wanted
  + LoadFailed, NotEnoughMemory, LeastTooMuch, OtherIsLoaded, LoadCancelled
    - FileChanged, FileGone, FileUnsteady                           before the first word
  + PromptTooLong, DamagedWeights, DecodeFailed, BadRequest, BadSchema, SelfTestStopped,
    TemplateRefused
                                                                    while speaking
  + CapsuleRefused                                                going on from a saved state
  + EngineUnlocked, EngineBusy, EngineStuck, EngineClosed           the process
  + EngineCrashed        the process: EngineKilled, EngineOutgrown, EngineLostFile

Must not know the worker, the window or the wire beyond codes and short fields.
"""

from typing import Final

from carrel.domain.errors import EngineError, from_wire

MAX_FIELD_CHARACTERS: Final = 200
"""Characters of one field a worker may fill into a sentence of ours; longer than any key name."""

MAX_FIELDS: Final = 6
"""Fields of one error; our sentences use two at most."""


class GgufError(EngineError):
    """A file that is not a GGUF file this version can run."""

    code = "gguf.failed"
    sentence = "This model file cannot be used."
    remedy = "Get the file again from where it came, and compare its SHA-256."


class NotGguf(GgufError):
    """Some other kind of file."""

    code = "gguf.not_gguf"
    sentence = "This is not a GGUF file: {fault}."
    remedy = "Choose the model's GGUF file; its name ends in “.gguf”."


class FailedDownload(NotGguf):
    """The right name, and in it what a server or a tool left instead of the model."""

    code = "gguf.failed_download"
    remedy = "Copy or download it again, whole."


class TruncatedGguf(GgufError):
    """The copy stopped early."""

    code = "gguf.truncated"
    sentence = "The file is cut short: {size} bytes are there, at least {needed} are needed."
    remedy = "Copy or download it again, whole."


class OldGguf(GgufError):
    """A format version this program does not read."""

    code = "gguf.version"
    sentence = "The file is in GGUF version {version}; only version 3 can be read."
    remedy = "Get a file made by a current converter."


class DamagedGguf(GgufError):
    """The header contradicts itself."""

    code = "gguf.damaged"
    sentence = "The file is damaged: {fault}."


class OtherArchitecture(GgufError):
    """A sound file of a model this program does not run."""

    code = "gguf.architecture"
    sentence = (
        "“{architecture}” is a different architecture that this version's engine cannot load."
    )
    remedy = (
        "Choose a DeepSeek V4-Flash file, whose architecture is named “deepseek4”, or another "
        "chat model that llama.cpp runs."
    )


class NewerDeepSeek(OtherArchitecture):
    """The successor, which looks like the model this program was made for."""

    code = "gguf.deepseek41"
    sentence = (
        "This file holds DeepSeek V4.1-Flash: “{architecture}” is a different architecture that "
        "this version's engine cannot load."
    )
    remedy = "Choose a file of DeepSeek V4-Flash 0731; its architecture is named “deepseek4”."


class NoChatModel(GgufError):
    """A sound file with something else in it than a model that chats."""

    code = "gguf.no_chat"
    sentence = "“{architecture}” does not chat."
    remedy = "Choose the file of a chat model; its name often ends in “instruct” or “chat”."


class EmbeddingFile(NoChatModel):
    """A model that compares texts."""

    code = "gguf.embedding"
    sentence = "“{architecture}” is an embedding model: it finds passages, it does not chat."


class NoEmbeddingModel(GgufError):
    """A sound file with something else in it than a model that compares texts."""

    code = "gguf.no_embedding"
    sentence = "“{architecture}” is no embedding model of the BERT family: it cannot compare texts."
    remedy = (
        "Choose an embedding model whose architecture is one of “bert”, “nomic-bert”, "
        "“jina-bert-v2” and their kin; the names of such files often hold “embed”, “bge” or “e5”."
    )


class RerankerFile(NoEmbeddingModel):
    """It judges pairs of texts, one pair at a time."""

    code = "gguf.reranker"
    sentence = "This file holds a reranker: it judges pairs of texts and gives no vectors."


class OtherKind(NoChatModel):
    """A model that speaks, paints, translates or writes by diffusion."""

    code = "gguf.other_kind"
    sentence = "“{architecture}” is a model of another kind: it {does}."


class ProjectorFile(NoChatModel):
    """The part of a model that sees."""

    code = "gguf.projector"
    sentence = "This file only turns pictures into tokens for a model; it does not chat itself."
    remedy = "Choose the model's own file; this one, often named “mmproj”, is not needed."


class AdapterFile(NoChatModel):
    """A change to a model."""

    code = "gguf.adapter"
    sentence = "This file is an adapter, a change to another model; it does not chat by itself."
    remedy = "Choose a file that holds the whole model."


class DraftFile(NoChatModel):
    """Layers that guess ahead."""

    code = "gguf.draft"
    sentence = "This file only holds draft layers that speed a model up, not the model."
    remedy = "Choose the model's own file; this one, often named “mtp” or “dspark”, is not needed."


class VocabularyFile(NoChatModel):
    """Tokens and nothing else."""

    code = "gguf.vocabulary"
    sentence = "This file holds a vocabulary without a model."
    remedy = "Choose a file that holds the whole model; it is far larger."


class NoTemplate(NoChatModel):
    """A model that only continues texts, or a file that was stripped."""

    code = "gguf.no_template"
    sentence = "This file has no chat template, so the engine cannot know how the model is asked."


class ForkFile(GgufError):
    """Tensors with the names of another program."""

    code = "gguf.fork"
    sentence = (
        "This file was made for a fork of llama.cpp, which names tensors another way (“{tensor}”)."
    )
    remedy = "Get a file that says it runs in llama.cpp itself."


class UnfitGguf(GgufError):
    """The right architecture with values the engine would fail on."""

    code = "gguf.unfit"
    sentence = "The engine cannot run this file: {fault}."
    remedy = "Get a file made by a current converter from the original model."


class AlteredGguf(GgufError):
    """It calls itself, or is built like, a model of which there is one file, and is another."""

    code = "gguf.altered"
    sentence = "This is not {name} as this project trained it: its architecture was altered."
    remedy = "Use the one that came with the program; it is on the list of models already."


class ShardError(GgufError):
    """A file in several parts that do not belong together."""

    code = "gguf.shards"
    sentence = "The model comes in several files, and they do not fit together: {fault}."
    remedy = "Put all parts of the same download into one folder and choose the first."


class BadPart(ShardError):
    """One of several files is none that can be used; the others may be good."""

    code = "gguf.part"
    sentence = "Part {part} of {count} cannot be used. {reason}"
    remedy = "Copy or download that part again, whole; the other parts may stay."


class LoadFailed(EngineError):
    """llama.cpp refused."""

    code = "engine.load"
    sentence = "The engine could not load the model: {cause}."
    remedy = "Check the file by importing it again."


class NotEnoughMemory(EngineError):
    """The context did not fit."""

    code = "engine.memory"
    sentence = (
        "There is not enough memory for the model with a context of {context} tokens: it needs "
        "{needed} beside the weights, and {free} are free."
    )
    remedy = (
        "Close other programs, or try again: it is then loaded with a context of {smaller} tokens."
    )


class LeastTooMuch(EngineError):
    """Not even the smallest context did fit."""

    code = "engine.memory_least"
    sentence = (
        "There is not enough memory for the model, even with a context of {context} tokens: it "
        "needs {needed} beside the weights, and {free} are free."
    )
    remedy = "Close other programs, or import a smaller quantisation of the model."


class OtherIsLoaded(EngineError):
    """One large model at a time on one machine."""

    code = "engine.other_loaded"
    sentence = "Another Carrel on this computer has “{name}” loaded, and there is room for one."
    remedy = "Close it there, or unload the model, and ask again."


class FileChanged(EngineError):
    """The file is not the one that was imported."""

    code = "engine.file_changed"
    sentence = "“{name}” was changed since it was imported."
    remedy = (
        "If it was only copied back, verify it on the models page or with “carrel model verify”; "
        "if not, import it again."
    )


class FileGone(FileChanged):
    """There is no such file any more."""

    code = "engine.file_gone"
    sentence = "“{name}” was moved or deleted since it was imported."
    remedy = "Put the file back, or import it from where it lies now."


class EmbeddingChanged(EngineError):
    """The file of the embedding model is not the one whose vectors are stored."""

    code = "engine.embedding_changed"
    sentence = "“{name}” is not the embedding model file that was chosen: its content is another."
    remedy = (
        "Choose the file again in the settings or with “carrel embeddings use”; what it computed "
        "is then computed anew. Until then passages are found by their words."
    )


class EmbeddingGone(EmbeddingChanged):
    """There is no such file any more."""

    code = "engine.embedding_gone"
    sentence = "The embedding model “{name}” was moved or deleted since it was chosen."
    remedy = (
        "Put the file back, or choose it again in the settings or with “carrel embeddings use”. "
        "Until then passages are found by their words."
    )


class FileUnsteady(EngineError):
    """Somebody writes to the file."""

    code = "engine.file_unsteady"
    sentence = "“{name}” changed while it was checked."
    remedy = "Import it again when nothing writes to it any more."


class LoadCancelled(EngineError):
    """The user stopped the loading or the import."""

    code = "engine.cancelled"
    sentence = "Stopped."
    remedy = "Start it again when you like."


class PromptTooLong(EngineError):
    """More tokens than the context holds."""

    code = "engine.prompt_too_long"
    sentence = "This question with its passages has {tokens} tokens, and {context} fit."
    remedy = "Ask about fewer documents, or choose a larger context."


class DamagedWeights(EngineError):
    """Numbers came out that are no numbers."""

    code = "engine.damaged_weights"
    sentence = "The model file is damaged: the engine computed values that are not numbers."
    remedy = "Import the file again from its source, and compare its SHA-256."


class DecodeFailed(EngineError):
    """llama_decode failed."""

    code = "engine.decode"
    sentence = "The engine failed while reading or writing ({cause})."
    remedy = "Ask again; if it happens again, load the model again."


class BadRequest(EngineError):
    """A frame the worker could not accept."""

    code = "engine.request"
    sentence = "The engine did not accept the request: {cause}."
    remedy = "Ask again with a shorter conversation."


class BadSchema(EngineError):
    """A JSON schema that cannot be kept."""

    code = "engine.schema"
    sentence = "The engine cannot be held to this JSON schema: {fault}."
    remedy = (
        "Use objects, arrays, strings, numbers, integers, booleans, null, enum, const and anyOf."
    )


class TemplateRefused(EngineError):
    """A generic model's own template is hostile, broken, or not made for the conversation."""

    code = "engine.template"
    sentence = "The chat template in the model's file cannot be used: {cause}."
    remedy = "Get the file from another source, or choose a DeepSeek V4 model."


class TemplateTooCostly(TemplateRefused):
    """The template was stopped: no template of a real model takes so much."""

    code = "engine.template_cost"
    sentence = "The chat template in the model's file was stopped: it takes too {cause}."


class SelfTestStopped(EngineError):
    """The user stopped the self-test."""

    code = "engine.test_stopped"
    sentence = "The self-test of the model was stopped."
    remedy = "It runs again when the model is loaded next, or with “carrel model selftest”."


class CapsuleRefused(EngineError):
    """A saved state is not what it should be; nothing was taken from it."""

    code = "engine.capsule"
    sentence = "What was read earlier cannot be used again: {cause}."
    remedy = "The documents are read anew; nothing else is affected."


class NoMemoryForCapsule(CapsuleRefused):
    """A saved state is good but there is no memory to move it."""

    code = "engine.capsule_memory"
    sentence = "What was read earlier cannot be used again now: there is not enough memory."


class EngineUnlocked(EngineError):
    """The worker refused to run without its lock."""

    code = "engine.lock"
    sentence = "The engine's process could not be locked in: {cause}."
    remedy = "No engine runs without the lock; it needs Linux 5.13 or newer on x86-64 or ARM64."


class EngineBusy(EngineError):
    """One answer at a time."""

    code = "engine.busy"
    sentence = "The engine is answering another question."
    remedy = "Wait for it, or stop it."


class EngineStuck(EngineError):
    """Asked to stop, it did not."""

    code = "engine.stuck"
    sentence = "The engine did not stop when asked and was ended."
    remedy = "Ask again; the model is loaded anew."


class EngineCrashed(EngineError):
    """The process is gone."""

    code = "engine.crashed"
    sentence = "The engine stopped unexpectedly: {cause}."
    remedy = "Ask again; the model is loaded anew. Nothing else was affected."


class EngineKilled(EngineCrashed):
    """The system ended the process."""

    code = "engine.killed"
    remedy = "Close other programs and ask again. Nothing else was affected."


class EngineOutgrown(EngineKilled):
    """The system ended the process, and the next one will be smaller."""

    code = "engine.outgrown"
    remedy = (
        "Close other programs and ask again; the model is then loaded with a context of {smaller} "
        "tokens. Nothing else was affected."
    )


class EngineLostFile(EngineCrashed):
    """The file was cut short while it was mapped, or its disk is gone."""

    code = "engine.lost_file"
    remedy = (
        "Put the whole file back and verify it on the models page or with “carrel model verify”, "
        "or import it again; then ask again. Nothing else was affected."
    )


class EngineClosed(EngineError):
    """It was closed on purpose."""

    code = "engine.closed"
    sentence = "The engine is switched off."
    remedy = "Load a model."


def engine_error(untrusted_code: object, untrusted_fields: object) -> EngineError:
    """The error a worker named, with its fields cut to short printable text.

    The sentence stays ours; a field can hold no more than one line.
    """
    family = type(from_wire(untrusted_code, EngineError))
    fields: dict[str, str] = {}
    if isinstance(untrusted_fields, dict):
        for untrusted_name, untrusted_value in list(untrusted_fields.items())[:MAX_FIELDS]:
            if isinstance(untrusted_name, str) and isinstance(untrusted_value, str):
                fields[untrusted_name[:32]] = printable(untrusted_value)
    error = family(**fields)
    if not isinstance(error, EngineError):  # a family member by construction
        raise TypeError(untrusted_code)
    return error


def printable(untrusted_text: str) -> str:
    """One short line without control characters, for a sentence."""
    return "".join(c if c.isprintable() else "·" for c in untrusted_text[:MAX_FIELD_CHARACTERS])
