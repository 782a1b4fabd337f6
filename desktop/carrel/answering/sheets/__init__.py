"""Questions that a workbook answers by counting: asked by rules, computed by a shown SELECT."""
