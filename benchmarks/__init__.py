"""The budgets of docs/architecture.md, measured as ratios within one run."""
