"""Real servers for the tests: throw-away, on loopback, gone with the process that started them."""
