"""Run by another interpreter, without a network: what other people's validators say of a bundle.

``python validate.py crate BUNDLE CONTEXT PROFILE`` (RO-Crate's own validator; CONTEXT is the JSON-LD context
that it would fetch) and ``python validate.py statement ENVELOPE`` (in-toto's own classes). Prints JSON.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from pathlib import Path


def crate(bundle: str, context: str, profile: str) -> dict:
    import requests
    from urllib3 import HTTPResponse

    data = Path(context).read_bytes()

    def seeded(self, request, **options):
        if not request.url.startswith("https://w3id.org/ro/crate/1.3"):
            raise requests.exceptions.ConnectionError(f"there is no network: {request.url}", request=request)
        answer = requests.models.Response()
        answer.status_code, answer.url, answer.request, answer._content = 200, request.url, request, data
        answer.headers["Content-Type"] = "application/ld+json"
        answer.raw = HTTPResponse(
            body=io.BytesIO(data), status=200, headers=dict(answer.headers), preload_content=False
        )
        return answer

    requests.adapters.HTTPAdapter.send = seeded
    from rocrate_validator import models, services

    settings = services.ValidationSettings(
        rocrate_uri=bundle,
        profile_identifier=profile,
        requirement_severity=models.Severity.REQUIRED,
        # Each profile is asked by itself: the one of process runs builds on an older RO-Crate.
        disable_inherited_profiles_issue_reporting=profile == "process-run-crate",
    )
    result = services.validate(settings)
    return {"passed": result.passed(), "issues": [str(issue.message) for issue in result.get_issues()]}


def statement(envelope: str) -> dict:
    import in_toto_attestation.v1.statement_pb2 as form
    from google.protobuf import json_format
    from in_toto_attestation.v1.statement import Statement

    payload = base64.b64decode(json.loads(Path(envelope).read_text())["payload"])
    found = json_format.Parse(payload, form.Statement())
    Statement.copy_from_pb(found).validate()
    return {"passed": True, "issues": [], "sha256": found.subject[0].digest["sha256"]}


if __name__ == "__main__":
    print(json.dumps({"crate": crate, "statement": statement}[sys.argv[1]](*sys.argv[2:])))
