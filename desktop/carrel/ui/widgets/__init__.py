"""Reusable widgets: they know Qt and the theme, and no word of the product."""
