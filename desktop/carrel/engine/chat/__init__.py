"""What is said to a model: conversations, and the exact tokens it was trained to read and write."""
