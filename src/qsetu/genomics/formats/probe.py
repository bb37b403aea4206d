"""Reading a file first in a process of its own, for libraries that crash on damaged files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from qsetu.core.errors import DataError

__all__ = ["probe_hdf5"]

# Reads all bytes that the reader will ask for, a piece at a time, and every name and attribute on the way.
_WALK = """
import sys
try:
    import h5py
except ImportError:
    sys.exit(0)  # the reader will say so itself
seen = set()
def walk(node, depth=0):
    address = h5py.h5o.get_info(node.id).addr
    if address in seen or depth > 30:
        return
    seen.add(address)
    for name in node.attrs:
        node.attrs[name]
    if isinstance(node, h5py.Group):
        for name in node:
            walk(node[name], depth + 1)
    elif node.shape:
        row = node.dtype.itemsize
        for size in node.shape[1:]:
            row *= size
        step = max(1, (1 << 24) // max(1, row))
        for start in range(0, node.shape[0], step):
            node[start:start + step]
    else:
        node[()]
try:
    with h5py.File(sys.argv[1], "r") as file:
        list(file)
        for key in sys.argv[2:]:
            if key in file:
                walk(file[key])
except Exception as error:
    print(type(error).__name__, error)
    sys.exit(3)
"""


def probe_hdf5(path: Path, keys: list[str]) -> None:
    """Refuse an HDF5 file whose named parts cannot be read to the end.

    HDF5 trusts what a file says about itself: one changed byte can end the process that reads it. The first
    reading is therefore done elsewhere.

    Args:
        path: The file.
        keys: Groups and arrays inside it; those that are not there are passed over.

    Raises:
        DataError: Reading failed, crashed or did not end.
    """
    if not sys.executable:  # an embedded Python has no other to start
        return
    seconds = 60 + path.stat().st_size // 2_000_000
    try:
        done = subprocess.run(
            [sys.executable, "-c", _WALK, str(path), *keys],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"File '{path.name}' is damaged: reading it did not end in {seconds} s.") from None
    if done.returncode == 0:
        return
    reason = " ".join(done.stdout.decode(errors="replace").split())[:200]
    if done.returncode != 3:
        reason = "the HDF5 library crashes on it"
    raise DataError(
        f"File '{path.name}' is no HDF5 file that can be read: {reason}. Copy or download it again."
    )
