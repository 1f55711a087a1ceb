"""The inventory: targets, which are components in environments, and where they answer."""
