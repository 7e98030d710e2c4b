"""Keyed pseudonyms, roles and grants, retention, erasure, asset register."""
