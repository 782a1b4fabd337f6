"""The machine: processes, frames, locks, files. Must not know documents or answers."""
