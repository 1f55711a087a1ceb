"""Gates: declarations about evidence, in versions that never change."""
