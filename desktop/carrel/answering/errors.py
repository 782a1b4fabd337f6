"""What can keep a question from being answered, in words."""

from carrel.domain.errors import AskError


class QuestionEmpty(AskError):
    """There is nothing to answer."""

    code = "ask.empty"
    sentence = "The question is empty."
    remedy = "Type a question."


class QuestionTooLong(AskError):
    """More than a question."""

    code = "ask.too_long"
    sentence = "The question has {length} characters; at most {limit} can be asked."
    remedy = "Shorten it, or add the long text as a document and ask about it."


class NoDocuments(AskError):
    """Nothing to answer from."""

    code = "ask.no_documents"
    sentence = "There are no documents to answer from."
    remedy = "Add files first: drop them on the window, or use “carrel add”."


class NoModel(AskError):
    """An answer by the engine was asked for, but no model is installed."""

    code = "ask.no_model"
    sentence = "No model is installed, so only evidence can be shown."
    remedy = "Import a GGUF file on the Models page, or answer from evidence."


class DocumentsTooLong(AskError):
    """The documents do not fit before the engine whole."""

    code = "ask.documents_too_long"
    sentence = (
        "The chosen documents have {tokens} tokens; {room} fit beside question and answer "
        "into the engine's context of {context}."
    )
    remedy = (
        "Choose fewer documents or some of their sections, answer from the best passages instead, "
        "or load the model with a larger context."
    )


class SectionGone(AskError):
    """A section was chosen that the documents asked about do not have."""

    code = "ask.section_gone"
    sentence = "The chosen documents have no pages or sections {first} to {last}."
    remedy = "Choose sections among those the documents have now."


class ToolsNotOffered(AskError):
    """Research by a model that was not trained to call tools."""

    code = "ask.no_tools"
    sentence = "{title} was not trained to search and open documents by itself."
    remedy = "Answer from the best passages, or import DeepSeek V4-Flash for research."


class CannotWrite(AskError):
    """A summary by a model that only chooses sentences."""

    code = "ask.cannot_write"
    sentence = "This model chooses sentences of documents and writes none of its own."
    remedy = (
        "Import a larger model to have summaries written; the documents' own sentences need none."
    )


class DocumentsNotChosen(AskError):
    """Whole documents are read when they are named only."""

    code = "ask.documents_not_chosen"
    sentence = "Which documents are to be read whole was not said."
    remedy = "Choose the documents to ask about, or answer from the best passages."


class ContextTooSmall(AskError):
    """Not even one passage fits."""

    code = "ask.context"
    sentence = "The question does not fit into the engine's context."
    remedy = "Shorten the question, or load the model with a larger context."


class EffortNotOffered(AskError):
    """A way of thinking the model was not made for."""

    code = "ask.effort"
    sentence = "This model does not think at the level “{effort}”; it offers: {offered}."
    remedy = "Choose one of these."


class CannotTranslate(AskError):
    """The model that comes along, or one made only to choose, was to translate."""

    code = "ask.cannot_translate"
    sentence = "{title} only chooses sentences and quotes them; it cannot translate."
    remedy = (
        "Import a model that writes, such as DeepSeek V4-Flash, under Models "
        "(or “carrel model import”), then translate with that."
    )


class NothingToTranslate(AskError):
    """No text in the document."""

    code = "ask.nothing_to_translate"
    sentence = "“{name}” has no text that could be translated."
    remedy = "Look under “What was read…” why; recognise the text of pictures first."


class TooMuchToTranslate(AskError):
    """A document beyond what one translation holds."""

    code = "ask.too_much_to_translate"
    sentence = "“{name}” would have {pieces} pieces; a translation holds {most}."
    remedy = "Add the part you need as a document of its own, and translate that."


class LanguageUnknown(AskError):
    """A language that is not offered."""

    code = "ask.language"
    sentence = "Carrel does not translate into “{word}”."
    remedy = "Name one of these, by code or in English: {known}."


class NothingWritten(AskError):
    """The engine ended a translation before its first word."""

    code = "ask.nothing_written"
    sentence = "The engine wrote nothing for this piece."
    remedy = "Translate it again, or read the original."


class PieceTooLong(AskError):
    """A piece and its translation do not fit the context."""

    code = "ask.piece_too_long"
    sentence = "This piece and its translation do not fit into the engine's context of {context}."
    remedy = "Load the model with a larger context under Models, then translate it again."
