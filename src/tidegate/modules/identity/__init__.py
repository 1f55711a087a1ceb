"""Who there is: people with passwords and groups, API tokens, and the roles that they have."""
