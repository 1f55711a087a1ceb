"""The parts of releasing, each by itself."""
