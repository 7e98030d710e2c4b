"""The commands of csc-warehouse by room: night, look, keep, engineer; cli.py assembles them."""
