"""Streamed markdown onto a text document: parsed a block at a time, never through HTML."""
