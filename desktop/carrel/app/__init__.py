"""The composition root: builds the objects below, owns the queues, publishes the events.

Both front ends, the window and the commands, stand on it; it knows neither.
"""

from carrel.app.app import App
from carrel.app.door import Created, Door

__all__ = ["App", "Created", "Door"]
