"""The chat: questions, streamed answers, and the citations that carry them."""
