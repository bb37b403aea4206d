"""qsetu as a backend or device of other frameworks, and circuits to and from them."""
