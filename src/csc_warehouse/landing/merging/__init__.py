"""From a verified delivery to row history, and the replay of what came after it."""
