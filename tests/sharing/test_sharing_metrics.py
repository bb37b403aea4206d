"""Declared metrics: what they are, how a notebook holds them, when two runs agree."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from sharing_support import code, declaring, notebook, printed, shown

from qsetu.core.errors import ArgumentError
from qsetu.sharing import Metric, declare_metric
from qsetu.sharing.metrics import DEVIATIONS, MEDIA_TYPE, TOLERANCE, agreement, metrics_of_notebook


def test_a_metric_without_a_rule_has_the_usual_tolerance():
    metric = declare_metric("score", np.float32(0.5))
    assert (metric.value, metric.tolerance, metric.std_error) == (0.5, TOLERANCE, None)


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"value": math.nan}, "value"),
        ({"value": math.inf}, "value"),
        ({"value": "much"}, "value"),
        ({"value": 1, "tolerance": -1}, "tolerance"),
        ({"value": 1, "std_error": math.nan}, "std_error"),
        ({"value": 1, "tolerance": 1, "std_error": 1}, "std_error"),
        ({"value": 1, "shots": 0}, "shots"),
        ({"value": 1, "name": ""}, "name"),
        ({"value": 1, "name": "two\nlines"}, "name"),
        ({"value": 1, "name": "x" * 121}, "name"),
        ({"value": 1, "unit": "u" * 41}, "unit"),
    ],
)
def test_what_is_no_metric_is_refused(given, argument):
    with pytest.raises(ArgumentError, match=f"'{argument}'"):
        declare_metric(**{"name": "score", **given})


def test_metrics_are_found_in_outputs_and_nowhere_else():
    first, second = (
        Metric(name="a", value=1, tolerance=0),
        Metric(name="b", value=2, std_error=0.1, shots=100),
    )
    found = metrics_of_notebook(
        notebook(code("pass", printed(json.dumps(first.model_dump())), shown(first)), code("", shown(second)))
    )
    assert found == [first, second]


def test_two_metrics_of_one_name_and_malformed_ones_are_refused():
    twice = notebook(declaring("a", 1.0), declaring("a", 2.0))
    with pytest.raises(ArgumentError, match="each metric once"):
        metrics_of_notebook(twice)
    broken = notebook(declaring("a", 1.0))
    broken["cells"][0]["outputs"][0]["data"][MEDIA_TYPE]["value"] = "NaN"
    with pytest.raises(ArgumentError, match="well-formed"):
        metrics_of_notebook(broken)
    broken["cells"][0]["outputs"][0]["data"][MEDIA_TYPE] = {
        "format": "qsetu.metric",
        "version": 2,
        "name": "a",
    }
    with pytest.raises(ArgumentError, match="well-formed"):
        metrics_of_notebook(broken)


@pytest.mark.parametrize(
    ("found", "state"),
    [(1.0, "pass"), (1.1, "pass"), (0.9, "pass"), (1.1001, "differs"), (0.8999, "differs")],
)
def test_a_tolerance_decides(found, state):
    stated = Metric(name="a", value=1.0, tolerance=0.1)
    result = agreement(stated, Metric(name="a", value=found, tolerance=5.0))
    assert result.state == state
    assert result.allowed == 0.1
    assert "tolerance" in result.sentence


def test_no_tolerance_means_the_same_number():
    stated = Metric(name="a", value=0.1 + 0.2, tolerance=0.0)
    assert agreement(stated, stated).state == "pass"
    assert agreement(stated, Metric(name="a", value=0.3000001, tolerance=0)).state == "differs"


def test_standard_errors_decide_where_shots_do():
    stated = Metric(name="a", value=1.0, std_error=0.03)
    limit = DEVIATIONS * math.hypot(0.03, 0.03)
    near = Metric(name="a", value=1.0 + 0.99 * limit, std_error=0.03)
    far = Metric(name="a", value=1.0 + 1.01 * limit, std_error=0.03)
    assert agreement(stated, near).state == "pass"
    assert agreement(stated, far).state == "differs"


def test_a_partner_cannot_widen_the_limit():
    stated = Metric(name="a", value=1.0, std_error=0.03)
    careless = Metric(name="a", value=2.0, std_error=100.0)
    assert agreement(stated, careless).state == "differs"


def test_honest_runs_with_shots_agree_as_often_as_promised():
    """One in 1,000 of honest pairs differs: of 20,000 pairs, with five standard errors of that count."""
    random = np.random.default_rng(5)
    pairs = random.normal(0.0, 0.03, size=(20_000, 2))
    limit = DEVIATIONS * math.hypot(0.03, 0.03)
    stated = [Metric(name="a", value=float(a), std_error=0.03) for a in pairs[:200, 0]]
    again = [Metric(name="a", value=float(b), std_error=0.03) for b in pairs[:200, 1]]
    small = [agreement(a, b).state == "differs" for a, b in zip(stated, again, strict=True)]
    assert small == (np.abs(pairs[:200, 0] - pairs[:200, 1]) > limit).tolist()
    differ = int((np.abs(pairs[:, 0] - pairs[:, 1]) > limit).sum())
    assert abs(differ - 20) < 5 * math.sqrt(20)


def test_a_metric_that_did_not_come_out():
    result = agreement(Metric(name="a", value=1.0, tolerance=1), None)
    assert (result.state, result.found) == ("could not run", None)
