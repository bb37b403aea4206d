"""A process of somebody else's: no network, no files but its own, and ended when it takes too much.

Isolation is bubblewrap's (https://github.com/containers/bubblewrap): namespaces of its own for network,
processes, users and mounts, in which only the interpreter and its libraries are there, to be read. Memory,
processes, disk and time are watched from outside, summed over all that it started, because limits of the
system hold for single processes; ending the namespace's first process ends all of them at once.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Literal

from qsetu.core.checks import as_float, as_int
from qsetu.sharing.errors import IsolationError

__all__ = ["Limits", "Outcome", "run_apart", "why_not_isolated"]

_INSIDE = Path("/tmp/work")
# A user of its own, too, so that root here is not root there.
_NAMESPACES = ("--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000")
# What a Python needs of a system, beside its own folders; nothing of it says who works here.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32")
_SETTINGS = (
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "alternatives",
    "fonts",
    "localtime",
    "nsswitch.conf",
)
_KEPT_VARIABLES = (
    "LANG",
    "LC_ALL",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "QSETU_NUM_THREADS",
    "OMP_NUM_THREADS",
)
_LINE = re.compile(rb"qsetu-progress (\d{1,6})/(\d{1,6})\s*")
_TAIL = 20_000


@dataclass(frozen=True)
class Limits:
    """What somebody else's process may take.

    Attributes:
        seconds: Of wall time.
        memory: Bytes, all of its processes together.
        processes: How many at once.
        disk: Bytes it may write.
    """

    seconds: float = 1800.0
    memory: int = 8 * 2**30
    processes: int = 256
    disk: int = 4 * 2**30

    def __post_init__(self) -> None:
        as_float("seconds", self.seconds, low=0, open_low=True)
        as_int("memory", self.memory, 2**26)
        as_int("processes", self.processes, 8)
        as_int("disk", self.disk, 2**20)


@dataclass(frozen=True)
class Outcome:
    """What became of it.

    Attributes:
        state: "finished" (whatever its exit code), or which limit ended it.
        code: Exit code; None where it was ended.
        seconds: Wall time.
        cpu_seconds: Processor time of all its processes that were waited for.
        peak_memory: Most bytes seen, all of its processes together.
        tail: The end of what it printed.
    """

    state: Literal["finished", "time", "memory", "processes", "disk"]
    code: int | None
    seconds: float
    cpu_seconds: float
    peak_memory: int
    tail: str


@lru_cache(maxsize=1)
def why_not_isolated() -> str:
    """Why nothing can be run apart on this machine; empty where it can. Tried once in a process."""
    if not sys.platform.startswith("linux"):
        return f"isolation needs Linux, and this is {sys.platform}"
    program = shutil.which("bwrap")
    if program is None:
        return (
            "the program bwrap was not found; install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap)"
        )
    command = [
        program,
        *_NAMESPACES,
        "--die-with-parent",
        *_system_mounts(),
        "--proc",
        "/proc",
        "--dev",
        "/dev",
    ]
    try:
        tried = subprocess.run(
            [*command, "--", "/bin/sh", "-c", "exit 0"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env={},
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bwrap does not run here ({type(error).__name__})"
    if tried.returncode:
        reason = tried.stderr.strip().split("\n")[-1][:200]
        return f"bwrap cannot make namespaces here ({reason}); an administrator can allow user namespaces"
    return ""


def run_apart(
    command: Sequence[str],
    folder: Path,
    limits: Limits,
    *,
    readable: Iterable[Path] = (),
    variables: Mapping[str, str] | None = None,
    isolate: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Run a command that can read what Python needs, write to ``folder``, and reach nothing else.

    Args:
        command: Program and arguments; ``{folder}`` in them, and in the values of ``variables``, becomes the
            folder as it is seen there.
        folder: The one place it can write to.
        limits: What it may take.
        readable: Further files and folders it may read.
        variables: Of its environment; of this process's only a few harmless ones are passed on.
        isolate: False runs it with the limits alone, with this user's files and network.
        progress: Called with "done" and "of" where the command prints ``qsetu-progress done/of``.

    Raises:
        IsolationError: It should be isolated, and cannot be on this machine.
    """
    if isolate and (reason := why_not_isolated()):
        raise IsolationError(
            f"Nothing of somebody else's is run here: {reason}. If you trust whoever sent this with all "
            "files and the network of this account, say --no-isolation."
        )
    inside = _INSIDE if isolate else folder
    words = [word.replace("{folder}", str(inside)) for word in command]
    environment = _environment(inside, variables or {})
    if isolate:
        words = [*_wrapped(folder, readable, environment), "--", *words]
    start, before = time.monotonic(), os.times()
    process = subprocess.Popen(
        words,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    tail = bytearray()
    assert process.stdout is not None
    reader = threading.Thread(target=_listen, args=(process.stdout, tail, progress), daemon=True)
    reader.start()
    try:
        state, peak = _watch(process, folder, limits, start)
    finally:
        _end(process)
        reader.join(timeout=2.0)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    code = process.returncode if state == "finished" else None
    return Outcome(state, code, time.monotonic() - start, spent, peak, bytes(tail).decode("utf-8", "replace"))


def _environment(inside: Path, variables: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    home = str(inside / ".home")
    return {
        "LANG": "C.UTF-8",
        **kept,
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": str(inside / ".tmp"),
        "USER": "somebody",
        "LOGNAME": "somebody",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONDONTWRITEBYTECODE": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
        "JAX_PLATFORMS": "cpu",
        **{name: value.replace("{folder}", str(inside)) for name, value in variables.items()},
    }


def _system_mounts() -> list[str]:
    words: list[str] = []
    for name in _SYSTEM:
        path = Path(name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), name]
        elif path.exists():
            words += ["--ro-bind", name, name]
    for name in _SETTINGS:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return words


def _wrapped(folder: Path, readable: Iterable[Path], environment: Mapping[str, str]) -> list[str]:
    program = shutil.which("bwrap") or "bwrap"
    words = [
        program,
        *_NAMESPACES,
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--hostname",
        "sandbox",
    ]
    words += [*_system_mounts(), "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for path in _interpreter() | {path.resolve() for path in readable}:
        words += ["--ro-bind-try", str(path), str(path)]
    words += ["--bind", str(folder), str(_INSIDE), "--chdir", str(_INSIDE), "--clearenv"]
    for name, value in environment.items():
        words += ["--setenv", name, value]
    return words


def _interpreter() -> set[Path]:
    """Folders that this Python, its packages and this qsetu are in."""
    import qsetu

    found = {Path(sys.prefix), Path(sys.base_prefix), Path(qsetu.__file__).parents[1]}
    found |= {Path(one) for one in sys.path if one and Path(one).is_dir()}
    found |= {one.resolve() for one in found}
    system = tuple(f"{name}/" for name in _SYSTEM)
    return {one for one in found if not f"{one}/".startswith(system) and len(one.parts) > 2}


def _listen(stream: IO[bytes], tail: bytearray, progress: Callable[[int, int], None] | None) -> None:
    # Somebody else's output: of any length, so only its end is kept.
    pending = b""
    while piece := stream.read1(65536) if hasattr(stream, "read1") else stream.read(65536):
        *lines, pending = (pending + piece).split(b"\n")
        pending = pending[-4096:]
        for line in lines:
            found = _LINE.fullmatch(line)
            if found is None:
                tail += line[-4096:] + b"\n"
                del tail[:-_TAIL]
            elif progress is not None:
                progress(int(found[1]), int(found[2]))


def _watch(
    process: subprocess.Popen[bytes], folder: Path, limits: Limits, start: float
) -> tuple[Literal["finished", "time", "memory", "processes", "disk"], int]:
    import psutil

    peak, looked = 0, 0.0
    whole = psutil.Process(process.pid) if process.poll() is None else None
    while process.poll() is None:
        now = time.monotonic()
        if now - start > limits.seconds:
            return "time", peak
        try:
            family = [whole, *whole.children(recursive=True)] if whole is not None else []
        except psutil.Error:
            family = []
        memory = 0
        for one in family:
            with contextlib.suppress(psutil.Error):
                memory += one.memory_info().rss
        peak = max(peak, memory)
        if memory > limits.memory:
            return "memory", peak
        if len(family) > limits.processes:
            return "processes", peak
        if now - looked > 1.0:
            looked = now
            if _disk(folder) > limits.disk:
                return "disk", peak
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.1)
    return "finished", peak


def _disk(folder: Path) -> int:
    total = 0
    todo = [folder]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(Path(entry.path))
                    else:
                        # Blocks, not length: a file of holes takes no room.
                        total += 512 * entry.stat(follow_symlinks=False).st_blocks
        except OSError:
            continue
    return total


def _end(process: subprocess.Popen[bytes]) -> None:
    import psutil

    if process.poll() is None:
        family: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            family = psutil.Process(process.pid).children(recursive=True)
        # Isolated, this ends all at once: the namespace dies with its first process.
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        for one in family:
            with contextlib.suppress(psutil.Error):
                one.kill()
    process.wait()
