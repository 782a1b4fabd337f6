"""The window. Qt lives here and nowhere else; imports ``carrel.app`` and below."""
