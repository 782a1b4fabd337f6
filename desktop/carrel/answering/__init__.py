"""A question becomes a cited answer: search, prompt, stream, check. Must not know the window."""
