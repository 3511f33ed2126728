"""The bill of materials of what runs: CycloneDX 1.6, the same bytes from the same locks."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tests.dependencies.licences import licence_of
from tests.dependencies.pins import BROWSER, REPOSITORY, RUN_TIME, Pin, every_pin, normal, required_by

PLACE = REPOSITORY / "build" / "sbom.cdx.json"
ALGORITHMS = {"sha256": HashAlgorithm.SHA_256, "sha512": HashAlgorithm.SHA_512}


def bill() -> str:
    """The bill as JSON text. Without `SOURCE_DATE_EPOCH` it has no time; its number follows from its content."""
    program, parts = _program(), {pin: _component(pin) for pin in every_pin() if pin.use in (RUN_TIME, BROWSER)}
    time = _time()
    bom = Bom(components=parts.values(), dependencies=_edges(program, parts), version=1)
    bom.metadata = BomMetaData(component=program, timestamp=time)
    bom.serial_number = uuid5(NAMESPACE_URL, _fingerprint())
    written = json.loads(JsonV1Dot6(bom).output_as_string())
    if time is None:
        del written["metadata"]["timestamp"]
    return json.dumps(written, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _time() -> datetime | None:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch else None


def _fingerprint() -> str:
    locks = (REPOSITORY / name for name in ("pyproject.toml", "requirements.lock", "package-lock.json"))
    return hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()


def _program() -> Component:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    return Component(
        type=ComponentType.APPLICATION,
        name=project["name"],
        version=project["version"],
        description=project["description"],
        bom_ref=project["name"],
        purl=PackageURL("generic", None, project["name"], project["version"]),
        licenses=[LicenseExpression(project["license"])],
    )


def _component(pin: Pin) -> Component:
    """A library; its hashes are those of the files of which one is installed."""
    group, _, name = pin.name.rpartition("/")
    purl = PackageURL(pin.kind, group or None, name, pin.version)
    return Component(
        name=name,
        group=group or None,
        version=pin.version,
        purl=purl,
        bom_ref=purl.to_string(),
        hashes=[HashType(alg=ALGORITHMS[algorithm], content=digest) for algorithm, digest in pin.hashes],
        licenses=[LicenseExpression(licence_of(pin))],
        properties=[Property(name="pathway:installed-where", value=pin.marker)] if pin.marker else None,
    )


def _edges(program: Component, parts: dict[Pin, Component]) -> list[Dependency]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    browser = json.loads((REPOSITORY / "package.json").read_text("utf-8"))["dependencies"]
    asked_for = {normal(each) for each in project["dependencies"]} | set(browser)
    edges = [_edge(program, asked_for, parts)]
    return edges + [_edge(part, {*required_by(pin.name)}, parts) for pin, part in parts.items() if pin.kind == "pypi"]


def _edge(whole: Component, names: set[str], parts: dict[Pin, Component]) -> Dependency:
    return Dependency(whole.bom_ref, [Dependency(part.bom_ref) for pin, part in parts.items() if pin.name in names])
