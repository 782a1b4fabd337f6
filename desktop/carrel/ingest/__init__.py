"""A file becomes passages: snapshot, store, read in a child, commit. Must not know the window."""
