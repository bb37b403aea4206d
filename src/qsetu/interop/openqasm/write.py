"""x"""
def to_qasm(c): pass
