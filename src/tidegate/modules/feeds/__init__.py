"""What leaves the pages: a feed of verdicts, and badges."""
