"""The commands of csc-warehouse by the kind of work that they belong to; cli.py assembles them."""
