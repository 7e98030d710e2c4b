"""Nightly warehouse of children's services performance: landing, transformation, quality and publication."""
