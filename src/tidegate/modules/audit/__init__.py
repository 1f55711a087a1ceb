"""The audit log: every change as a link of a hash chain that can be verified without a server."""
