"""The engine: a GGUF file checked, loaded and made to speak in a process of its own."""
