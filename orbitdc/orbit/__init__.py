"""Orbits: design, patterns, element sets, propagation, Sun, windows and eclipses: elements → geometry."""
