"""qsetu's circuits on IQM's machines, and offline on the fake backends that iqm-client brings along.

Needs the extra: ``pip install 'qsetu[iqm]'``. Nothing of it is imported before a function is called.
"""

from qsetu.interop.iqm.backends import BackendInfo, Backends, backends, noise_model
from qsetu.interop.iqm.jobs import fetch, run
from qsetu.interop.iqm.result import IQMResult
from qsetu.interop.iqm.transpiling import transpile

__all__ = [
    "BackendInfo",
    "Backends",
    "IQMResult",
    "backends",
    "fetch",
    "noise_model",
    "run",
    "transpile",
]
