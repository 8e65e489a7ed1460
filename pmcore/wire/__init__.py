"""Pure decoders and encoders of the venue's formats."""
