"""Work in the background: rows with leases carry the truth, and workers poll them when they are woken."""
