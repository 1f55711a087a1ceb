"""Whether the gates of this repository hold, and whether each of them can go red."""
