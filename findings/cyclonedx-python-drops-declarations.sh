#!/usr/bin/env bash
# cyclonedx-python-lib 11.12.0 reads a CycloneDX 1.6 document that its own validator accepts, and writes it again without `declarations`
# (the attestations of the standard: assessors, claims, evidence). No error, no warning: what an auditor signs is lost by a read and a write.
# A reader would expect the part to be kept, or the reading to be refused. Exit 0: this is still so. Needs python3 and the package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'cyclonedx-python-lib[json-validation]==11.12.0'
"$folder/venv/bin/python" -W error - <<'PYTHON'
import json, logging
logging.basicConfig(level=logging.WARNING)
from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

document = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "declarations": {
        "assessors": [{"bom-ref": "assessor-1", "thirdParty": True, "organization": {"name": "Acme"}}],
        "claims": [{"bom-ref": "claim-1", "predicate": "every cast states its alignment"}],
    },
}
fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document))
assert fault is None, f"the document is not valid: {fault}"
written = json.loads(JsonV1Dot6(Bom.from_json(document)).output_as_string())
print("read: ", sorted(document))
print("wrote:", sorted(written))
assert "declarations" not in written, "changed: declarations are kept"
PYTHON
echo "seen: cyclonedx-python-lib 11.12.0 drops declarations"
