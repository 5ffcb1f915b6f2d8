"""What is made inside guests."""
