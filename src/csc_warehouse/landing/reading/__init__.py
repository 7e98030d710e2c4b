"""From the bytes of one file to its rows: those that can be read, those that cannot, and what is counted of them."""
