"""What of the figures is hidden, proved by linear programs: one system of equations for all that a profile shows."""
