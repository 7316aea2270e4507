"""One seeded loop in which phones, a network and a server are broken on purpose; ``make simulate SEEDS=n`` runs it."""
