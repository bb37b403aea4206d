"""How it was done, generated from the settings of the run, each method with whom it is from."""

from __future__ import annotations

from qsetu.documents.document import Items, Section
from qsetu.experiments.error_rates import rates
from qsetu.experiments.reading import first_metric, fold_splits, holdout_split, plan_of, spec_of
from qsetu.experiments.record import Result
from qsetu.experiments.wording import confidence_words, inline, nouns, number

__all__ = ["method_section"]

Item = tuple[str, str]


def method_section(result: Result) -> Section:
    """A numbered list of what was done, in order."""
    steps = [
        *_samples(result),
        _splits(result),
        *_groups(result),
        *_held_out(result),
        _features(result),
        _tuning(result),
        *_curve(result),
        *_preflight(result),
        _intervals(result),
        *_tests(result),
        *_ranking(result),
        *_held_out_test(result),
        _costs(result),
        _engine(result),
    ]
    return Section("method", "How it was done", (Items(tuple(steps), numbered=True),))


def _samples(result: Result) -> list[Item]:
    limit, word = plan_of(result)["max_samples"], nouns(result).samples
    if limit is None:
        return []
    how = "from every label by its share" if result.task == "classification" else "at random"
    told = f"Of more than {number(limit)} {word}, about so many are drawn {how}; "
    return [("Samples.", f"{told}{number(result.dataset.num_samples)} took part.")]


def _splits(result: Result) -> Item:
    plan, word = plan_of(result), nouns(result).samples
    folds = fold_splits(result)
    if spec_of(result)["split"]["method"] == "leave-one-group-out":
        text = f"One group after the other is left out and predicted: {len(folds)} folds."
    else:
        kind = "folds in which labels have equal shares" if result.task == "classification" else "folds"
        text = f"{plan['outer_folds']} {kind}"
        text += f", repeated {plan['repeats']} times with new shuffles." if plan["repeats"] > 1 else "."
    if spec_of(result)["split"]["folds_on"] == "train":
        text += " They are made of the published training part alone."
    sizes = sorted({split.num_train for split in folds})
    spread = f"{number(sizes[0])}" if len(sizes) == 1 else f"{number(sizes[0])} to {number(sizes[-1])}"
    text += f" Every model gets the same folds and learns from {spread} {word} in each."
    return "Outer folds.", text


def _groups(result: Result) -> list[Item]:
    split, data, word = spec_of(result)["split"], result.dataset, nouns(result).samples
    rules = {
        "suggested": "As the dataset suggests them, joined with copies",
        "given": "Those of the dataset",
        "none": "None asked for",
    }
    text = rules.get(split["groups"], f"By column {split['groups']} of the metadata") + "."
    if split["shared_word"] is not None:
        text += f" Sequences that share a word of {split['shared_word']} letters stay together."
    if split["kinship"] is not None:
        text += f" People of a kinship of at least {split['kinship']:g} stay together."
    if data.num_groups == data.num_samples:
        text += f" Each of the {number(data.num_samples)} {word} is alone in its group."
    else:
        text += (
            f" The {number(data.num_samples)} {word} are in {number(data.num_groups)} groups; no group is "
            "on both sides of a split, the inner ones included."
        )
    return [("Groups.", text)]


def _held_out(result: Result) -> list[Item]:
    held = holdout_split(result)
    if held is None:
        return []
    second = spec_of(result)["data"]["holdout"]
    where = f"the second dataset {second}" if second else "the published test part"
    text = (
        f"Each model is tuned and fitted once on {number(held.num_train)} {nouns(result).samples} and "
        f"tested once on {number(len(held.test))} of {where}. Test samples of a group that trains are left "
        "out."
    )
    return [("Held-out part.", text)]


def _features(result: Result) -> Item:
    text = (
        "All steps are fitted on the training part of each fold, inner folds included; nothing of a test "
        "part reaches a fit. Quantum and classical models that name the same features see exactly the same "
        "numbers."
    )
    if result.task == "regression":
        text += " Targets are learned in units of the mean and standard deviation of the training part."
    return "Features, inside the fold.", text


def _tuning(result: Result) -> Item:
    plan, metric = plan_of(result), first_metric(result)
    text = (
        f"{plan['configurations']} configurations for every model and control, chosen by "
        f"{inline(metric.title)} in {plan['inner_folds']} inner folds of the training part, then one fit on "
        "all of it (nested cross-validation; Varma and Simon, BMC Bioinformatics 7, 91, 2006; Cawley and "
        "Talbot, JMLR 11, 2079, 2010)."
    )
    if result.task == "classification":
        text += " Models that can weigh labels weigh them by their inverse frequency."
    return "Equal budget of tuning, inside the fold.", text


def _curve(result: Result) -> list[Item]:
    shares = plan_of(result)["learning_curve"]
    if not shares:
        return []
    told = ", ".join(f"{100 * share:g} %" for share in shares)
    text = (
        f"Models also learn from {told} of each training part, in whole groups, with the configuration "
        "chosen on all of it."
    )
    return [("Learning curves.", text)]


def _preflight(result: Result) -> list[Item]:
    if not result.diagnoses:
        return []
    text = (
        "Every quantum model is diagnosed before it is believed: concentration of its kernel (Thanasilp et "
        "al., arXiv:2208.11060), alignment with the labels, geometric difference from classical kernels "
        "(Huang et al., arXiv:2011.01938), or the variance of its gradients (McClean et al., Nature "
        "Communications 9, 4812, 2018)."
    )
    return [("Preflight.", text)]


def _intervals(result: Result) -> Item:
    metric = first_metric(result)
    ends = [f"{end:g}" for end in (metric.low, metric.high) if end is not None]
    clipped = f", clipped at {' and '.join(ends)}" if ends else ""
    text = (
        "Scores of folds share training data, so their plain standard error is too small. The "
        f"{confidence_words(result)} interval is Student's t with the corrected variance (1/J + "
        f"n_test/n_train) s² of Nadeau and Bengio, Machine Learning 52, 239 (2003){clipped}. It is about "
        f"these {nouns(result).samples} and this way of splitting them, not about another study."
    )
    return "Intervals.", text


def _tests(result: Result) -> list[Item]:
    if not result.analysis.comparisons:
        return []
    level = 100 * float(spec_of(result)["evaluation"]["level"])
    text = (
        "Two models are compared on the same folds by the t test with the same corrected variance, at "
        f"{level:g} %, p-values corrected by Holm's method within each kind of comparison (Scandinavian "
        "Journal of Statistics 6, 65, 1979). Beside it stands Wilcoxon's signed rank test (Biometrics "
        "Bulletin 1, 80, 1945), which takes folds for independent. The effect size is the mean difference "
        "over its standard deviation over folds."
    )
    return [("Corrected tests.", text)]


def _ranking(result: Result) -> list[Item]:
    if result.analysis.ranking is None:
        return []
    text = (
        "Models are ranked in every fold; Friedman's test asks whether mean ranks differ at all, Nemenyi's "
        "critical difference which do (Demsar, JMLR 7, 1, 2006). Folds are taken for independent, which "
        "they are not quite."
    )
    return [("Ranks.", text)]


def _held_out_test(result: Result) -> list[Item]:
    held = holdout_split(result)
    if held is None or result.task == "network":
        return []
    text = (
        "A held-out score gets the exact interval of Clopper and Pearson (Biometrika 26, 404, 1934) where it "
        "is the accuracy of samples that stand alone, and those of the labels combined (Xie and Singh, "
        "International Statistical Review 81, 3, 2013) where it is their balanced accuracy; every other "
        "score the percentiles of 2,000 bootstrap resamples of whole groups (Davison and Hinkley, Bootstrap "
        "Methods and their Application, 1997), as many of each label as there are, unless groups mix labels. "
    )
    tested = result.analysis.holdout
    if tested is None:
        return [("Held-out intervals.", text.strip())]
    text += "The quantum and the classical model with the best means over folds are tested once: "
    if tested.test == "mcnemar":
        text += "by McNemar's exact test of their right answers (Psychometrika 12, 153, 1947)."
    else:
        text += "by the interval of their difference over the same resamples."
    return [("Held-out intervals and test.", text)]


def _costs(result: Result) -> Item:
    text = (
        "Wall times are measured around features, tuning, fitting and predicting; a model pays for "
        "features that it shares with others."
    )
    if any(rates(model) is not None for model in result.models):
        text += (
            " Cost curves are drawn from the pooled out-of-fold predictions (Drummond and Holte, Machine "
            "Learning 65, 95, 2006)."
        )
    return "Costs.", text


def _engine(result: Result) -> Item:
    asked = spec_of(result)["engine"]
    how = f"{result.provenance.engine} (chosen by “auto”)" if asked == "auto" else result.provenance.engine
    return "Circuits.", f"Simulated by the engine {how}, as exact states without noise."
