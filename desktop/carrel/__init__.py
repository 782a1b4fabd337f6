"""Carrel: an offline, encrypted document workstation that answers with checked citations."""

__version__ = "0.1.0"
