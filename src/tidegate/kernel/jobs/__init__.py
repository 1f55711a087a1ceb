"""Work in the background: rows with leases carry the truth, huey only carries "look at the rows"."""
