"""The kernel against real databases, disks and processes."""
