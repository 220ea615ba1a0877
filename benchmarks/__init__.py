"""How fast the model is, as ratios to a bare SimPy loop over the same pods."""
