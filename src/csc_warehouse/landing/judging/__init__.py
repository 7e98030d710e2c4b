"""Whether a delivery whose rows are read may be merged: guards, measures, and the door."""
