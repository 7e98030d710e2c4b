"""What people read: status, scorecard, explanations and comparisons, from marts, reporting, quality and the ledger."""
