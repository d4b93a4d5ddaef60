"""Which combination of models is best, and by how much the search for it flatters itself."""
