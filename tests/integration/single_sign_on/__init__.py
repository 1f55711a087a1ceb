"""Single sign-on against a real provider, on real databases."""
