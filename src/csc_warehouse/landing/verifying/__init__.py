"""Whether the files of a delivery can be trusted, before a row of them is read."""
