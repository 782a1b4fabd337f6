"""The documents page: what is in the workspace, and what is being added."""
