"""`openapi-spec-validator` follows every reference of the document and checks every schema in it."""

import copy
import os

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from tap import ask, check, done, equal

status, DOCUMENT = ask("GET", os.environ["HANDOFF_URL"] + "/openapi.json")

with check("openapi-spec-validator: the document is valid"):
    equal(status, 200)
    validate(DOCUMENT, cls=OpenAPIV31SpecValidator)
with check("openapi-spec-validator finds a reference to nothing"):
    broken = copy.deepcopy(DOCUMENT)
    broken["components"]["schemas"]["Broken"] = {"$ref": "#/components/schemas/Nothing"}
    try:
        validate(broken, cls=OpenAPIV31SpecValidator)
    except Exception:
        pass
    else:
        raise AssertionError("it was not found")
with check("every schema is one of JSON Schema 2020-12"):
    for name, schema in DOCUMENT["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
with check("every operation has an id of its own and a summary"):
    operations = [it for path in DOCUMENT["paths"].values() for it in path.values() if isinstance(it, dict)]
    identifiers = [it["operationId"] for it in operations]
    equal(len(identifiers), len(set(identifiers)))
    assert all(it.get("summary") for it in operations)
done()
