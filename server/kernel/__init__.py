"""The ground floor: settings, database, journal, problems, clock and ids. Everybody stands on it; it knows nobody."""
