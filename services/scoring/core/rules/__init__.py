"""The alert rules of a card: what each kind looks at in an account."""
