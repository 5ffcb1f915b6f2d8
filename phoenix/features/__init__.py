"""What a guest is made able to do, each a small package: options, and the parts that make it so."""
