"""What is checked, what it found, and how far each figure can be trusted."""
