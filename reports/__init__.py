"""What supervisors watch and what the agency publishes."""
