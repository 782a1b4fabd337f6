"""The models page: what this machine can run."""
