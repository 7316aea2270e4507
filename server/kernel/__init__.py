"""The ground floor: settings, database, journal, problems, clock and ids. It imports no other room of the server."""
