"""The tree over the journal: sealing, signing, examining."""
