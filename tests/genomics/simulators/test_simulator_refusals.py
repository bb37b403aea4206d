"""Wrong arguments are refused by name, with the rule and what was given."""

from __future__ import annotations

import numpy as np
import pytest

from qsetu.core.errors import ArgumentError
from qsetu.genomics import MotifCollection
from qsetu.genomics.simulators import (
    SiteModel,
    cells,
    cohort,
    epistasis,
    estimate_weights,
    heritability,
    motif_probabilities,
    penetrance_table,
    planted_motif,
    scale_penetrance,
    splice_sites,
)

QUARTERS = np.full((4, 3), 0.25)
TWO = MotifCollection(sample_names=["a", "b"], counts=[np.ones((4, 2))] * 2, factors=["f", "g"])

REFUSED = [
    (planted_motif, (0,), {}, "'n' must be an integer of at least 1"),
    (planted_motif, (5, 4, "ACGTA"), {}, "'length' must be at least as long as the motif of 5.*Shorten"),
    (planted_motif, (5, 9, QUARTERS * 2), {}, "'motif' must sum to 1 along axis 0; got a sum of 2.*Divide"),
    (planted_motif, (5, 9, QUARTERS - 0.5), {}, "'motif' must be probabilities, from 0 to 1"),
    (planted_motif, (5, 9, QUARTERS.T), {}, r"'motif' must have shape \(4, L\); got shape \(3, 4\)"),
    (planted_motif, (5, 9, np.zeros((4, 0))), {}, r"'motif' must have shape \(4, L\)"),
    (planted_motif, (5, 9, "AXC"), {}, "'motif' must have letters of DNA"),
    (planted_motif, (5, 9, TWO), {}, "'motif' must be a collection of one motif; got 2.*take"),
    (planted_motif, (5, 9), {"position": 4}, "'position' must be an integer from 0 to 3"),
    (planted_motif, (5, 9), {"position": "center"}, "'position' must be one of uniform"),
    (planted_motif, (5, 9), {"strand": "reverse"}, "'strand' must be one of"),
    (planted_motif, (5, 9), {"background": [0.5, 0.5, 0, 0]}, "'background' must be probabilities, above 0"),
    (planted_motif, (5, 9), {"background": [0.5, 0.5]}, r"'background' must have shape \(4,\)"),
    (planted_motif, (5, 9), {"mutation": 1.5}, "'mutation' must be a finite real number"),
    (planted_motif, (5, 9), {"prior": {"motif": 1.0}}, "'prior' must give a probability for each of the"),
    (planted_motif, (5, 9), {"prior": 0.5}, "'prior' must give a probability"),
    (planted_motif, (5, 9), {"prior": {"motif": 0.5, "background": 0.4}}, "'prior' must sum to 1"),
    (planted_motif, (5, 9), {"prior": {"motif": 0, "background": 1}}, "above 0"),
    (planted_motif, (5, 9), {"part": 3}, "'part' must be a text"),
    (planted_motif, (5, 9), {"seed": -1}, "'seed' must be an integer"),
    (motif_probabilities, (np.ones((3, 2)),), {}, "'counts' must have shape"),
    (motif_probabilities, (-np.ones((4, 2)),), {}, "'counts' must not be negative"),
    (motif_probabilities, (np.zeros((4, 2)),), {"pseudocount": 0}, "'counts' must not be neg.*pseudocount"),
    (splice_sites, (5,), {"window": 10}, "'window' must hold 3 letters before the junction and 6 after"),
    (splice_sites, (5,), {"donor": QUARTERS}, "'donor' must be a SiteModel.*SiteModel.independent"),
    (splice_sites, (5,), {"neither": SiteModel.independent(QUARTERS)}, "'neither' must be a SiteModel of 60"),
    (splice_sites, (5,), {"prior": {"EI": 1.0}}, "'prior' must give P"),
    (splice_sites, (5,), {"prior": {"EI": 0.5, "XX": 0.5}}, "'prior' must give P"),
    (splice_sites, (5,), {"prior": {"EI": 0.5, "IE": 0.5}, "decoys": 0.1}, "'decoys' must be 0 without"),
    (splice_sites, (5,), {"decoys": 1.1}, "'decoys' must be a finite real number"),
    (splice_sites, (5,), {"junction": 61}, "'junction' must be an integer from 0 to 60"),
    (SiteModel, ([0.5, 0.5, 0.5, 0.5], np.zeros((0, 4, 4))), {}, "'first' must sum to 1"),
    (SiteModel, ([0.25] * 4, np.ones((1, 4, 4))), {}, "'steps' must sum to 1 along axis 2"),
    (SiteModel, ([0.25] * 4, np.ones((4, 4))), {}, "'steps' must have shape"),
    (SiteModel.consensus, ("ACG",), {"certain": "!"}, "'certain' must have 3 characters"),
    (SiteModel.independent, (QUARTERS,), {"junction": 4}, "'junction' must be an integer from 0 to 3"),
    (estimate_weights, (["ACG", "AC"],), {}, "must all have the same length"),
    (estimate_weights, ([],), {}, "'sequences' must hold at least one"),
    (estimate_weights, (["ACG"],), {"order": 2}, "'order' must be an integer from 0 to 1"),
    (epistasis, (5, np.full((3, 2), 0.1)), {}, r"'penetrance' must have shape \(3,\) \* k"),
    (epistasis, (5, np.full((3, 3), 1.1)), {}, "'penetrance' must be probabilities, from 0 to 1"),
    (epistasis, (5, np.zeros((3, 3))), {}, "'penetrance' must leave both cases and controls"),
    (epistasis, (5, "exor"), {}, "'model' must be one of .* Did you mean 'xor'"),
    (epistasis, (5,), {"maf": 0.6}, "'maf' must be above 0 and at most 0.5.*minor"),
    (epistasis, (5,), {"maf": 0.0}, "'maf' must be above 0"),
    (epistasis, (5, np.full((3, 3), 0.1)), {"maf": [0.1, 0.2, 0.3]}, "'maf' must be a number, or 2"),
    (epistasis, (5,), {"other_maf": (0.4, 0.1)}, "'other_maf' must be two"),
    (epistasis, (5,), {"other_maf": (0.1, 0.7)}, "'other_maf' must be above 0"),
    (epistasis, (5,), {"num_snps": 1}, "'num_snps' must be an integer of at least 2"),
    (epistasis, (5,), {"num_causal": 9}, "'num_causal' must be an integer from 1 to 8"),
    (epistasis, (5, np.full((3, 3), 0.1)), {"num_causal": 3}, "'num_causal' must be 2"),
    (epistasis, (5,), {"causal": [1, 1]}, "'causal' must be 2 different columns below 20"),
    (epistasis, (5,), {"causal": [1, 20]}, "'causal' must be 2 different"),
    (epistasis, (5,), {"maf": 0.3, "pure": True}, "'penetrance' must leave each causal SNP.*'pure'|\"pure\""),
    (epistasis, (5,), {"heritability": 1.2}, "'heritability' must be a finite real number"),
    (epistasis, (5,), {"prevalence": 0.9}, "'prevalence' must keep this table within 0 to 1"),
    (epistasis, (5,), {"prevalence": 0.1, "heritability": 0.9}, "'heritability' must keep.*Lower"),
    (epistasis, (5,), {"design": "cohort"}, "'design' must be one of"),
    (epistasis, (5,), {"cases": 2}, "'cases' must not be given in a population"),
    (epistasis, (5,), {"cases": 5, "design": "case-control"}, "'cases' must be an integer from 1 to 4"),
    (epistasis, (5,), {"missing": -0.1}, "'missing' must be a finite real number"),
    (penetrance_table, ("pure", 1), {}, "'num_causal' must be an integer from 2"),
    (penetrance_table, ("multiplicative",), {"low": 0}, "'low' must be above 0"),
    (penetrance_table, ("xor",), {"low": 0.5, "high": 0.4}, "'high' must be"),
    (scale_penetrance, (np.full(3, 0.5), 0.3), {"heritability": 0.1}, "'penetrance' must not be constant"),
    (scale_penetrance, (np.zeros(3), 0.3), {"prevalence": 0.1}, "'penetrance' must not be 0 throughout"),
    (heritability, ([0, 1, 0], 0.7), {}, "'maf' must be above 0 and at most 0.5"),
    (cells, (5, 4, 3), {}, "'markers' must be an integer from 0 to 1"),
    (cells, (5,), {"types": 1}, "'types' must be an integer of at least 2"),
    (cells, (5,), {"types": ["a", "a"]}, "'types' must be at least two different"),
    (cells, (5,), {"types": "ab"}, "'types' must be several names"),
    (cells, (5,), {"dispersion": 0}, "'dispersion' must be above 0"),
    (cells, (5,), {"dispersion": [1, 2]}, "'dispersion' must be a number, or 100"),
    (cells, (5,), {"dropout": 1}, "'dropout' must be below 1"),
    (cells, (5,), {"depth": 0}, "'depth' must be a finite real number above 0"),
    (cells, (5,), {"library_sd": -1}, "'library_sd' must be"),
    (cells, (5,), {"prior": {"type-0": 1}}, "'prior' must give a probability for each of the classes type"),
]  # fmt: skip

COHORTS = [
    ({"populations": ["a", "a"]}, "'populations' must be different names"),
    ({"populations": ["a b"]}, "'populations' must be different names"),
    ({"prior": {"north": 1.0}}, "'prior' must give a probability"),
    ({"model": "islands"}, "'model' must be one of .*'island'"),
    ({"model": "island", "migration_rate": 0}, "'migration_rate' must be above 0"),
    ({"min_maf": 0.6}, "'min_maf' must be"),
    ({"num_snps": 10**5}, "'num_snps' must be at most the number of variable sites.*Make sequence_length"),
    ({"causal": [1]}, "'causal' must not be given without penetrance"),
    ({"penetrance": "xor", "causal": [0, 9]}, "'causal' must be different columns below 5"),
    ({"penetrance": np.full((3, 3), 0.1), "num_causal": 3}, "'num_causal' must be 2"),
    ({"penetrance": "xor", "num_causal": 6}, "'num_causal' must be an integer from 1 to 5"),
    ({"penetrance": np.zeros(3)}, "'penetrance' must leave both"),
]


@pytest.mark.parametrize(
    ("call", "given", "settings", "message"),
    REFUSED,
    ids=[f"{i}-{row[0].__name__}" for i, row in enumerate(REFUSED)],
)
def test_wrong_arguments_are_refused(call, given, settings, message):
    with pytest.raises(ArgumentError, match=message):
        call(*given, **settings)


@pytest.mark.parametrize(("settings", "message"), COHORTS)
def test_wrong_cohorts_are_refused(settings, message):
    pytest.importorskip("msprime")
    with pytest.raises(ArgumentError, match=message):
        cohort(10, **{"num_snps": 5, "sequence_length": 1e5, "seed": 1} | settings)


def test_more_populations_than_people():
    with pytest.raises(ArgumentError, match="'n' must leave at least one person"):
        cohort(1)


@pytest.mark.parametrize("X", [["ACG"], ["ACGTACGTAX"], "ACGT", [1]])
def test_posteriors_want_sequences_of_their_length(X):
    made = planted_motif(2, 10, seed=1)
    with pytest.raises(ArgumentError, match="'X' must"):
        made.posterior(X)
