"""What a guest is made able to do, each a folder: what it is declared by, and the parts that make it so."""
