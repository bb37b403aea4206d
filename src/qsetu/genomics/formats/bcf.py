"""BCF, the binary form of VCF, read by cyvcf2 into the same sites as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from qsetu.core.errors import DataError
from qsetu.genomics.extras import needed
from qsetu.genomics.formats.opening import blocks, packing
from qsetu.genomics.formats.sites import Site, capital

__all__ = ["BcfFile"]

# htslib writes warnings to stderr, past Python; 1 leaves errors, which are raised here anyway.
_QUIET, _USUAL = 0, 3


class BcfFile:
    """A BCF file: its sample names, then its sites.

    Every block's checksum is verified before htslib sees a byte: it is not made for damaged files.

    Args:
        path: The file, packed by bgzip, as bcftools writes it unless told otherwise.
    """

    def __init__(self, path: Path) -> None:
        if packing(path) != "bgzip":
            raise DataError(
                f"File '{path.name}' is BCF without bgzip's checksums, so damage could not be seen. Write it "
                "again with 'bcftools view -Ob'."
            )
        for _ in blocks(path):
            pass
        cyvcf2 = needed("cyvcf2", "genomics", "Reading BCF")
        self._path = path
        self._level = cyvcf2.cyvcf2.set_htslib_log_level
        self._level(_QUIET)
        try:
            # An absolute path can be neither a URL nor "-", which htslib would open.
            self._file = cyvcf2.VCF(str(path.resolve()))
            self.samples = list(self._file.samples)
        except Exception as error:
            raise DataError(f"File '{path.name}' is no BCF that can be read: {error}.") from None
        finally:
            self._level(_USUAL)
        if not self.samples:
            raise DataError(f"File '{path.name}' has no samples; genotypes are needed.")

    def sites(self) -> Iterator[Site]:
        """The sites, one after the other.

        Raises:
            DataError: A record cannot be read, or has no genotypes.
        """
        number = 0
        while True:
            number += 1
            self._level(_QUIET)
            try:
                found = next(self._file, None)
                if found is None:
                    return
                site = self._site(found, number)
            except DataError:
                raise
            except Exception as error:
                raise DataError(f"File '{self._path.name}', record {number}: {error}.") from None
            finally:
                self._level(_USUAL)
            yield site

    def _site(self, found: Any, number: int) -> Site:
        place = f"{found.CHROM}:{found.POS}"
        where = f"record {number}"
        if "GT" not in (found.FORMAT or []):
            raise DataError(
                f"File '{self._path.name}', {where} ({place}) has no GT, so no genotypes were called. "
                "Choose a file with called genotypes."
            )
        calls = np.asarray(found.genotype.array(), np.int16)
        numbers, phased = calls[:, :-1], calls[:, -1] != 0
        if numbers.max(initial=-1) > len(found.ALT):
            raise DataError(
                f"File '{self._path.name}', {where} ({place}) has an allele that the site has not."
            )
        alleles = np.full((len(calls), 2), -1, np.int16)
        width = min(2, numbers.shape[1])
        alleles[:, :width] = np.maximum(numbers[:, :width], -1)  # -2 pads calls of fewer alleles
        copies = np.where((numbers >= 0).any(1), (numbers > -2).sum(1), 0)
        return Site(
            str(found.CHROM),
            int(found.POS),
            found.ID or "",
            capital(found.REF),
            tuple(map(capital, found.ALT)),
            tuple(found.FILTERS) or (".",),
            alleles,
            copies.astype(np.int16),
            phased & (copies > 0),
            where,
        )
