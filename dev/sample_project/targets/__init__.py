"""How runs are compared with what was observed."""
