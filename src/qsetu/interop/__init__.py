"""Other tools: their circuits, devices and machines. Each is imported only where it is asked for."""
