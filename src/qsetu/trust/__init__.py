"""Trust in engines: known answers, verdicts, and the question the door asks before it uses one."""
