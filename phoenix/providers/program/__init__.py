"""What the program itself keeps in the state."""
