"""The encrypted store: one folder with a database, originals and key slots. Owns SQLCipher."""
