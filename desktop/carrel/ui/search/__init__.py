"""Search over all passages, as a panel over the window."""
