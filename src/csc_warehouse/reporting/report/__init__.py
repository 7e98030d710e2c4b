"""The half-yearly report to committee as a model: read once from one release, laid out as the layout says."""
