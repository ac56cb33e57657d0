"""How others say what happened, and how that becomes our records. Pure: bytes in, decisions out."""
