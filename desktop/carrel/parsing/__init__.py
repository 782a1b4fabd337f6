"""Documents into units of canonical text. Both ends of one wire.

The window side (`client`, `protocol`, `boxes`) decodes no format; the worker
side (`worker`, `sniff`, `charset`, `formats`) runs locked, one document each.
"""
