"""Tidegate: decides whether a release may ship, and shows that what runs is what was declared."""

import atexit
import gc

__version__ = "0.1.0"

# A start makes 200,000 objects that stay to the end. Python would search them for garbage hundreds of times
# meanwhile, and take every one of them apart before the process ends: a third of what a command takes.
gc.set_threshold(10_000, 10, 10)
atexit.register(gc.freeze)
