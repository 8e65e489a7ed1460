"""How each event changes the state; nothing here asks for anything."""
