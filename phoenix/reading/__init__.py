"""Reading a running cluster: everything that an import of it is made from. Nothing is changed."""
