"""Verification of a received bundle, from its outer form to its numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from qsetu.core.errors import ArgumentError
from qsetu.genomics.card import builtin_cards
from qsetu.sharing.bundle.archive import MAX_BYTES, Archive, open_archive
from qsetu.sharing.bundle.datasets import as_reference
from qsetu.sharing.bundle.environment import environment_differences, record_environment
from qsetu.sharing.checking.contents import check_content, read_manifest
from qsetu.sharing.checking.open import extract
from qsetu.sharing.checking.report import Check, MetricCheck, State, VerifyReport
from qsetu.sharing.errors import BundleError, SignatureError
from qsetu.sharing.manifest import DatasetReference, Manifest
from qsetu.sharing.policy.decision import Asked, most_sensitive, reasons_against, verdicts_on
from qsetu.sharing.policy.scan import scan_files
from qsetu.sharing.rerun import Limits, Rerun, rerun_item
from qsetu.sharing.signing import KeyList, default_envelope, verify_envelope

__all__ = ["verify"]

Progress = Callable[[str, int, int], None]


def verify(
    bundle: str | Path,
    *,
    keys: KeyList | None = None,
    envelope: str | Path | None = None,
    unsigned: bool = False,
    rerun: bool = False,
    limits: Limits | None = None,
    isolate: bool = True,
    keep: str | Path | None = None,
    progress: Progress | None = None,
    max_bytes: int = MAX_BYTES,
    today: date | None = None,
) -> VerifyReport:
    """Check a bundle: form, signature, content, policy, environment; run it again if asked.

    Nothing of the bundle is read before every byte of it is known to be what somebody on the list of keys has
    signed, and nothing is run before all other checks pass. A metric that came out again shows that the code
    gives this number here, not that the number is right: whoever wrote the code may have written anything.

    Args:
        bundle: The file.
        keys: The keys that are believed; None means the user's list.
        envelope: The signature; None means the file beside the bundle.
        unsigned: Go on although nobody vouches for it; the report says so.
        rerun: Run its notebooks and experiments again, each in a process of its own without network, and
            compare each declared metric within its tolerance.
        limits: What each run may take.
        isolate: False runs them with this account's files and network.
        keep: A new folder for what the runs leave; None keeps nothing.
        progress: Called with the item's name, and cells done and in all.
        max_bytes: Larger files are refused.
        today: For keys that expire; None means today.

    Returns:
        What was found; whatever is wrong with a bundle is in the report and raises nothing.

    Raises:
        KeyListError: The list of keys cannot be read.
        IsolationError: It should be run again, and cannot be isolated here.
        OutputError: ``keep`` cannot be written.
    """
    bundle = Path(bundle)
    believed = KeyList() if keys is None and not unsigned else keys
    checks: list[Check] = []
    report = VerifyReport(bundle=bundle.name, sha256="", checks=[])
    try:
        with open_archive(bundle, max_bytes) as archive:
            report = report.model_copy(update={"sha256": archive.sha256})
            checks.append(
                _check(
                    "form",
                    "pass",
                    f"{len(archive.sizes)} files, {archive.size:,} bytes, in the one form of bundles",
                )
            )
            signed = _signature(checks, bundle, envelope, archive.sha256, believed, unsigned, today)
            if checks[-1].state == "fail":
                return report.model_copy(update={"checks": checks})
            manifest = read_manifest(archive, str(bundle))
            report = report.model_copy(update={"title": manifest.title, "signed_by": signed})
            _content(checks, archive, manifest)
            if checks[-1].state == "pass":
                _policy(checks, archive, manifest)
                _environment(checks, manifest)
            if not rerun:
                checks.append(_check("re-run", "not asked", "not run again; ask with --rerun"))
            elif all(check.state in ("pass", "note") for check in checks):
                done = _rerun(archive, manifest, limits, isolate, keep, progress)
                checks.append(_verdict(done))
                report = report.model_copy(update=_metrics(done))
            else:
                checks.append(_check("re-run", "could not run", "nothing is run while another check fails"))
    except BundleError as error:
        name = "form" if not checks else "content"
        checks.append(_check(name, "fail", str(error)))
    return report.model_copy(update={"checks": checks})


def _check(name: str, state: State, *sentences: str) -> Check:
    return Check(name=name, state=state, sentences=list(sentences))


def _signature(
    checks: list[Check],
    bundle: Path,
    envelope: str | Path | None,
    digest: str,
    keys: KeyList | None,
    unsigned: bool,
    today: date | None,
) -> list[str]:
    where = Path(envelope) if envelope is not None else default_envelope(bundle)
    if unsigned and (keys is None or not where.exists()):
        checks.append(_check("signature", "note", "nobody vouches for it: not checked, as asked"))
        return []
    try:
        found = verify_envelope(where, digest, keys or KeyList(), bundle=str(bundle), today=today)
    except SignatureError as error:
        checks.append(_check("signature", "fail", str(error)))
        return []
    names = [one.name for one in found.partners]
    when = f"; by its own account on {found.signed}" if found.signed else ""
    lines = [f"signed by {', '.join(names)}{when}", *(f"further: {other}" for other in found.others)]
    checks.append(_check("signature", "pass", *lines))
    return names


def _content(checks: list[Check], archive: Archive, manifest: Manifest) -> None:
    complaints = check_content(archive, manifest)
    if complaints:
        checks.append(_check("content", "fail", *complaints[:20]))
    else:
        checks.append(
            _check("content", "pass", f"every file is the one that {len(manifest.files)} hashes name")
        )


def _policy(checks: list[Check], archive: Archive, manifest: Manifest) -> None:
    """The receiver decides again, by its own cards and scans; the sender's word is held against that."""
    policy = manifest.policy
    reasons: list[str] = []
    datasets = [_own_view(one, reasons) for one in manifest.datasets]
    access = most_sensitive(datasets)
    if policy.access != access:
        reasons.append(f"it calls its inputs {policy.access}, and they are {access}")
    for one in datasets:
        if one.packed and one.access != "Open":
            reasons.append(f"it holds data of '{one.name}', which are {one.access}")
    packed = {name for one in datasets for name in one.packed}
    stray = [name for name in manifest.files if name.startswith("data/") and name not in packed]
    reasons += [f"'{name}' belongs to no dataset that it names" for name in stray]
    try:
        asked = Asked(
            policy.purpose, policy.receiver, policy.disease, policy.commercial, dict(policy.promises)
        )
    except ArgumentError as error:
        checks.append(_check("policy", "fail", str(error)))
        return
    texts = {name: archive.read(name) for name in manifest.files if not name.startswith("data/")}
    findings = scan_files(texts)
    reasons += reasons_against(access, verdicts_on(datasets, asked), findings, policy.overrides)
    if reasons:
        checks.append(_check("policy", "fail", *reasons[:20]))
        return
    lines = [f"{access} inputs, for {policy.purpose}, for {policy.receiver.name}"]
    lines += [f"overridden by {one.by}: {one.what}: {one.reason}" for one in policy.overrides]
    lines += [f"vouched for: {code}: {text}" for code, text in policy.promises.items()]
    lines += [f"look at {one.source}: {one.sentence}" for one in findings if one.severity == "caution"][:10]
    checks.append(_check("policy", "note" if policy.overrides else "pass", *lines))


def _own_view(reference: DatasetReference, reasons: list[str]) -> DatasetReference:
    """What this institution knows of a dataset; a sender cannot make a built-in card say something else."""
    base, _, part = reference.name.partition("/")
    card = builtin_cards().get(base)
    if card is None or (part and part not in card.parts):
        if reference.card == "built-in":
            reasons.append(f"'{reference.name}' is no dataset of this qsetu, though it says so")
        return reference
    own = as_reference(card, part, own=False, packed=reference.packed)
    if (own.access, own.data_use) != (reference.access, list(reference.data_use)):
        reasons.append(
            f"it says of '{reference.name}' what its card does not: {reference.access}, {reference.data_use}"
        )
    return own


def _environment(checks: list[Check], manifest: Manifest) -> None:
    deciding, other = environment_differences(manifest.environment, record_environment())
    if not deciding and not other:
        checks.append(_check("environment", "pass", "the same packages, the same code"))
        return
    lines = list(deciding)
    if other:
        shown = "; ".join(other[:5])
        lines.append(f"{len(other)} more that decide no number: {shown}{' ...' if len(other) > 5 else ''}")
    if not deciding:
        lines.insert(0, "all that decides numbers is the same")
    checks.append(_check("environment", "note" if deciding else "pass", *lines))


def _rerun(
    archive: Archive,
    manifest: Manifest,
    limits: Limits | None,
    isolate: bool,
    keep: str | Path | None,
    progress: Progress | None,
) -> list[Rerun]:
    done = []
    with tempfile.TemporaryDirectory(prefix="qsetu-rerun-", ignore_cleanup_errors=True) as name:
        files = Path(name) / "bundle"
        files.mkdir()
        extract(archive, manifest, files)
        for number, item in enumerate(manifest.items):
            if item.kind == "model":
                continue
            folder = Path(name) / f"run-{number}"
            folder.mkdir()

            def told(finished: int, of: int, item_name: str = item.name) -> None:
                if progress is not None:
                    progress(item_name, finished, of)

            done.append(rerun_item(item, files, folder, limits, isolate=isolate, progress=told))
            if keep is not None:
                _keep(done[-1], Path(keep))
    return done


def _keep(done: Rerun, folder: Path) -> None:
    """Executed notebooks as plain files; what else a run left is somebody else's, and goes."""
    from qsetu.core.errors import OutputError
    from qsetu.core.files import write_whole

    output = done.output
    if output is None or output.suffix != ".ipynb" or output.is_symlink() or not output.is_file():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"'{folder}' cannot be written ({error.strerror or error}).") from None
    write_whole(folder / f"{done.item}.ipynb", output.read_bytes(), replace=False)


def _verdict(done: list[Rerun]) -> Check:
    lines = [f"{one.item}: {one.trouble}" for one in done if one.trouble]
    found = [one for run in done for one in run.metrics]
    lines += [one.sentence for one in found if one.state != "pass"]
    if any(one.state == "differs" for one in found):
        return _check("re-run", "differs", *lines)
    if lines:
        return _check("re-run", "could not run", *lines)
    if not found:
        return _check("re-run", "note", f"{len(done)} ran to the end, and declare no metric")
    return _check("re-run", "pass", f"{len(found)} of {len(found)} metrics came out again")


def _metrics(done: list[Rerun]) -> dict[str, object]:
    metrics = [MetricCheck(item=run.item, agreement=one) for run in done for one in run.metrics]
    return {"metrics": metrics, "seconds": sum(run.outcome.seconds for run in done if run.outcome)}
