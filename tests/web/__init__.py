"""The phone app as a person has it: the real app in a real browser against the real server."""
