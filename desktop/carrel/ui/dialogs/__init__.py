"""Dialogs: the way in, questions, failures, the seal."""
