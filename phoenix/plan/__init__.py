"""Pure functions from the model to every generated artifact: same model, same text."""
