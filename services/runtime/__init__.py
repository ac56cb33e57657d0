"""What any process of ours needs. No domain words."""
