"""Answers a model finds by itself: it searches, opens and looks through documents, step by step."""
