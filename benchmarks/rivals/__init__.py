"""What a user would pick instead: programs of an environment of their own (requirements-bench.lock)."""
