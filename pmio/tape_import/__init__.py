"""Importers: one file per shape of recording, each from foreign files to the facts of a tape."""
