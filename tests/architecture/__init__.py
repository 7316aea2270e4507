"""The walls of the house, as tests that read the imports."""
