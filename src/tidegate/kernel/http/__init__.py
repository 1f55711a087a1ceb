"""What every controller stands on: the API, problems, pagination, conditional requests, limits."""
