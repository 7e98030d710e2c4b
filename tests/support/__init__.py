"""Shared by tests: small deliveries written by hand, homes and warehouses."""
