"""Jobs as people see them: what waits, what failed, whether somebody works; and clearing up after them."""
