"""The scanner's schedule."""

import threading


class BackgroundScheduler:
    """Runs a job again and again, as the library of this name does."""

    def __init__(self):
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self):
        """Begin."""
        self.thread.start()

    def run(self):
        """Scan the portfolios."""


scheduler = BackgroundScheduler()

# Every web worker imports this module, so with four of them every portfolio is scanned four times.
# A process of its own is where it belongs.
scheduler.start()
