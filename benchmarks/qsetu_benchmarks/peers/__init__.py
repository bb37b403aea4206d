"""One file a peer, imported only where the peer is installed; see `qsetu_benchmarks.roster`."""
