"""How often each k-mer occurs: the k-mer spectrum, and the same numbers as a picture (FCGR)."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from qsetu.core.checks import as_choice, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.memory import require_memory
from qsetu.genomics.alphabet import Alphabet
from qsetu.genomics.encoders.base import SequenceEncoder, StateKind
from qsetu.genomics.encoders.counting import KmerCounter
from qsetu.genomics.encoders.letters import LetterCodes, sure_letters

__all__ = ["FCGREncoder", "KmerSpectrum"]

# 4**15 columns still have 32-bit numbers; where a table says which column is whose, 4**12 entries are 128 MB.
_MAX_COLUMNS = 2**31 - 1
_MAX_TABLE_K = 12


class _KmerEncoder(SequenceEncoder):
    """What encoders that count k-mers have in common."""

    _state_kind: ClassVar[StateKind] = "amplitudes"
    k: int
    normalize: str | None
    ambiguous: str
    empty: str
    dtype: str
    sparse: bool
    mismatches: int

    def _check_settings(self) -> None:
        as_choice("alphabet", self.alphabet, self._alphabets)
        size = len(sure_letters(self.alphabet))
        most = max(k for k in range(1, 16) if size**k <= _MAX_COLUMNS)
        as_int("k", self.k, 1, most)
        if self.normalize is not None:
            as_choice("normalize", self.normalize, ("l1", "l2", "sqrt"))
        as_choice("ambiguous", self.ambiguous, ("skip", "share", "error"))
        as_choice("empty", self.empty, ("error", "zero"))
        as_choice("dtype", self.dtype, ("float32", "float64", "uint32"))
        if self.dtype == "uint32" and (self.normalize is not None or self.ambiguous == "share"):
            rule = "must be float32 or float64 where numbers are not whole"
            raise ArgumentError(
                "dtype", rule, self.dtype, 'Whole are those of normalize=None without "share".'
            )

    def _learn(self, letters: LetterCodes, y: Any) -> None:
        size = len(sure_letters(self.alphabet))
        columns = self._columns_of(int(self.k), size)
        number = size ** int(self.k) if columns is None else int(columns.max()) + 1
        self.n_features_out_ = number
        self._counter = KmerCounter(
            int(self.k), size, columns, number, int(self.mismatches), self.ambiguous == "share"
        )
        self._refuse(letters)

    def _encode(self, letters: LetterCodes) -> Any:
        self._refuse(letters)
        return self._sparse(letters) if self.sparse else self._dense(letters)

    def _dense(self, letters: LetterCodes) -> NDArray[Any]:
        number, width, dtype = len(letters), self.n_features_out_, np.dtype(self.dtype)
        require_memory(
            number * width * dtype.itemsize,
            lambda: f"Counts of {width:,} {self.k}-mers for {number:,} sequences",
            lambda free: self._advice(),
        )
        out = np.zeros((number, width), dtype)
        for first, last in self._counter.blocks(letters):
            rows, columns, values = self._entries(letters, first, last)
            out[first:last].reshape(-1)[rows * width + columns] = values
        return out

    def _advice(self) -> str:
        return "Choose a smaller k, or transform fewer sequences at a time."

    def _sparse(self, letters: LetterCodes) -> csr_matrix:
        indices, data, lengths = [], [], []
        for first, last in self._counter.blocks(letters):
            rows, columns, values = self._entries(letters, first, last)
            indices.append(columns.astype(np.int32))
            data.append(values.astype(self.dtype))
            lengths.append(np.bincount(rows, minlength=last - first))
        bounds = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
        shape = (len(letters), self.n_features_out_)
        return csr_matrix((np.concatenate(data), np.concatenate(indices), bounds), shape=shape)

    def _entries(
        self, letters: LetterCodes, first: int, last: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Row, column and number of all that is not 0: counts, normalized as asked."""
        rows, columns, counts = self._counter.entries(letters, first, last)
        totals = np.bincount(rows, counts, minlength=last - first)
        if self.empty == "error" and not totals.all():
            row = first + int(np.argmin(totals))
            rule = f"must hold sequences with at least one window of {self.k} letters that counts"
            hint = 'Drop such sequences, choose a smaller k, or set empty="zero" for a row of zeros.'
            raise ArgumentError("X", rule, Said(f"none in sequence {row}"), hint)
        match self.normalize:
            case "l2":
                counts /= np.sqrt(np.bincount(rows, counts**2, minlength=last - first))[rows]
            case "l1":
                counts /= totals[rows]
            case "sqrt":
                counts = np.sqrt(counts / totals[rows])
        return rows, columns, counts

    def _refuse(self, letters: LetterCodes) -> None:
        if self.ambiguous == "error":
            bad = letters.codes >= self._counter.size
            if bad.any():
                rule = f"must hold {', '.join(sure_letters(self.alphabet))} only"
                letters.refuse(bad, rule, 'Drop these sequences, or set ambiguous="skip" or "share".')

    def _kmers(self) -> list[str]:
        return ["".join(one) for one in itertools.product(sure_letters(self.alphabet), repeat=int(self.k))]

    @abstractmethod
    def _columns_of(self, k: int, size: int) -> NDArray[np.int64] | None:
        """The column of each k-mer, or None for its own number."""


class KmerSpectrum(_KmerEncoder):
    """How often each k-mer occurs in a sequence of any length; k-mers in alphabetical order.

    Args:
        k: Letters a k-mer, 1 to 15 (canonical: to 12; proteins: to 7).
        canonical: Whether a k-mer and its reverse complement count as one, the alphabetically first (for DNA
            or RNA whose strand is unknown).
        normalize: "l2": norm 1 (the overlap of two states is then the cosine). "l1": sum 1. "sqrt": the root
            of "l1", so that measuring the state gives each k-mer as often as it occurs. None: counts.
        ambiguous: "skip": windows with an ambiguous letter count nothing. "share": they count for every k-mer
            that they may be, in equal shares of 1 (U, O and ``*`` of proteins are nothing; their windows are
            skipped). "error".
        mismatches: 1 if a window counts 1 for its own k-mer and for all that differ in one letter; 0 for its
            own.
        empty: What a sequence without a single counting window gives (shorter than k, or all ambiguous):
            "error", or "zero", a row of zeros. Zeros are no state.
        sparse: Whether ``transform`` gives a SciPy CSR matrix.
        dtype: "float32" (exact to 16,777,216), "float64" or "uint32".
        alphabet: "DNA", "RNA" or "protein".

    Attributes:
        n_features_out_: ``4**k`` (proteins ``20**k``); canonical: half, with palindromes counted whole.

    Raises:
        InsufficientMemoryError: (from ``transform``) The table would not fit.

    References: spectrum: C. Leslie, E. Eskin, W. S. Noble, Pacific Symposium on Biocomputing 7, 564 (2002);
    mismatches: C. Leslie et al., Bioinformatics 20, 467 (2004).

    Example:
        >>> from qsetu.genomics.encoders import KmerSpectrum
        >>> encoder = KmerSpectrum(1, normalize=None).fit(["AACGN"])
        >>> encoder.transform(["AACGN"])
        array([[2., 1., 1., 0.]], dtype=float32)
        >>> KmerSpectrum(6).fit(["ACGTACGT"]).num_qubits
        12
    """

    def __init__(
        self,
        k: int = 3,
        *,
        canonical: bool = False,
        normalize: str | None = "l2",
        ambiguous: str = "skip",
        mismatches: int = 0,
        empty: str = "error",
        sparse: bool = False,
        dtype: str = "float32",
        alphabet: Alphabet = "DNA",
    ) -> None:
        self.k = k
        self.canonical = canonical
        self.normalize = normalize
        self.ambiguous = ambiguous
        self.mismatches = mismatches
        self.empty = empty
        self.sparse = sparse
        self.dtype = dtype
        self.alphabet = alphabet

    @property
    def _alphabets(self) -> tuple[str, ...]:
        return "DNA", "RNA", "protein"

    def _check_settings(self) -> None:
        super()._check_settings()
        as_int("mismatches", self.mismatches, 0, 1)
        for name in ("canonical", "sparse"):
            if not isinstance(getattr(self, name), (bool, np.bool_)):
                raise ArgumentError(name, "must be True or False", getattr(self, name))
        if self.canonical and self.alphabet == "protein":
            raise ArgumentError(
                "canonical", "must be False for proteins, which have one strand", self.canonical
            )
        if self.canonical and self.k > _MAX_TABLE_K:
            raise ArgumentError("k", f"must be at most {_MAX_TABLE_K} with canonical=True", self.k)

    def _advice(self) -> str:
        return "Set sparse=True, choose a smaller k, or transform fewer sequences at a time."

    def _columns_of(self, k: int, size: int) -> NDArray[np.int64] | None:
        if not self.canonical:
            return None
        first = self._canonical_codes(k)
        return (np.cumsum(first == np.arange(len(first))) - 1)[first]

    def _canonical_codes(self, k: int) -> NDArray[np.int64]:
        """The smaller of each k-mer's number and that of its reverse complement."""
        codes = np.arange(4**k)
        other = np.zeros_like(codes)
        for j in range(k):
            other = other * 4 + (3 - codes // 4**j % 4)
        return np.minimum(codes, other)

    def _names(self) -> list[str]:
        names = self._kmers()
        if not self.canonical:
            return names
        first = self._canonical_codes(int(self.k))
        return [name for code, name in enumerate(names) if first[code] == code]


class FCGREncoder(_KmerEncoder):
    """Frequency chaos game representation: k-mer counts as a picture of ``2**k x 2**k`` pixels, row after
    row.

    The walk starts in the middle of a square and goes, letter by letter, half the way to that letter's
    corner: A bottom left, C top left, G top right, T bottom right. The pixel of a k-mer is where the walk is
    after it, so its last letter says the quarter, the letter before the quarter of the quarter. Row 0 is the
    top. These are the counts of :class:`KmerSpectrum`, in another order.

    Args:
        k: Letters a k-mer, 1 to 12.
        normalize: "l2" (norm 1), "l1" (sum 1), "sqrt" (root of "l1") or None (counts).
        ambiguous: "skip", "share" or "error", as in :class:`KmerSpectrum`.
        empty: "error" or "zero": what a sequence without a counting window gives.
        dtype: "float32", "float64" or "uint32".

    Attributes:
        n_features_out_: ``4**k``.

    Raises:
        InsufficientMemoryError: (from ``transform``) The table would not fit.

    References: H. J. Jeffrey, Nucleic Acids Research 18, 2163 (1990); J. S. Almeida et al., Bioinformatics
    17, 429 (2001).

    Example:
        >>> from qsetu.genomics.encoders import FCGREncoder
        >>> encoder = FCGREncoder(1, normalize=None).fit(["AAACCG"])
        >>> encoder.images(encoder.transform(["AAACCG"]))[0]
        array([[2., 1.],
               [3., 0.]], dtype=float32)
    """

    alphabet: Alphabet = "DNA"
    sparse = False
    mismatches = 0

    def __init__(
        self,
        k: int = 3,
        *,
        normalize: str | None = "l2",
        ambiguous: str = "skip",
        empty: str = "error",
        dtype: str = "float32",
    ) -> None:
        self.k = k
        self.normalize = normalize
        self.ambiguous = ambiguous
        self.empty = empty
        self.dtype = dtype

    def images(self, X: Any) -> NDArray[Any]:
        """Rows of ``transform`` as pictures, ``(N, 2**k, 2**k)``, row 0 the top.

        Raises:
            ArgumentError: The rows do not have ``4**k`` numbers.
        """
        side = 2 ** as_int("k", self.k, 1, _MAX_TABLE_K)
        values = np.asarray(X)
        if values.ndim != 2 or values.shape[1] != side * side:
            raise ArgumentError("X", f"must have shape (N, {side * side})", Said(f"shape {values.shape}"))
        return values.reshape(-1, side, side)

    def _check_settings(self) -> None:
        super()._check_settings()
        as_int("k", self.k, 1, _MAX_TABLE_K)

    def _columns_of(self, k: int, size: int) -> NDArray[np.int64]:
        codes = np.arange(4**k)
        across, up = np.zeros_like(codes), np.zeros_like(codes)
        for j in range(k):  # the last letter first: it has the highest bit
            letter = codes // 4**j % 4
            across = across * 2 + (letter >= 2)  # G and T are on the right
            up = up * 2 + ((letter == 1) | (letter == 2))  # C and G are at the top
        columns: NDArray[np.int64] = (2**k - 1 - up) * 2**k + across
        return columns

    def _names(self) -> list[str]:
        names = np.array(self._kmers(), dtype=object)
        return list(names[np.argsort(self._columns_of(int(self.k), 4))])
