"""Facts read off documents by rules: a timeline, names and amounts, contradictions. No engine."""
