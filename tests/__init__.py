"""Everything that tries to break Plumbline."""
