"""Words of the product: frozen values, events and errors. Imports the standard library only."""
