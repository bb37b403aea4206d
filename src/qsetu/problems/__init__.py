"""Problems of structure and optimization, each with a quantum method and what it must be held against."""
