"""Row history: the tables of landing, and the versions of their rows."""
