"""Installed models: which GGUF files this machine can run, and where they lie."""
