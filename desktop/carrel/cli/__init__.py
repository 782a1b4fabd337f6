"""The command line: a second front end on the same core, for scripts and for measuring."""
