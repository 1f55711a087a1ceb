"""Identity's documents."""
