"""Whether Tidegate itself works: for load balancers, orchestrators and people."""
