"""What the window and the engine's process say to each other. Must not know either end."""
