"""What landing remembers: ledger, journal, archive, and the keyed hashes of erased children."""
