"""GGUF files, read and judged before llama.cpp sees a byte. Must not know processes."""
