"""At home elsewhere: circuits of other packages read and written, and qsetu as a backend or device there."""
