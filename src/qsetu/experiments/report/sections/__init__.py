"""The sections of a report, each made from the result alone."""
