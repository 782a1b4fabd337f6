"""A question becomes ranked passages. Must not know SQL, engines or the window."""
