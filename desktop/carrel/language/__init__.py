"""Text in the reader's languages: folding, numbers, terms, sentences, passages, posting segments.

Pure functions of text, the same in the parser process and in the window. Must
not know documents, files or the store.
"""
