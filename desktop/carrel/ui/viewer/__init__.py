"""The source viewer: a page or a text with the cited words marked."""
