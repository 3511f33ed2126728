"""`pathway client check`: what is in a file of programs, and what is wrong in it."""

from __future__ import annotations

import json
from pathlib import Path

from joserfc.jwk import ECKey

from tests.cli.conftest import Run

KEY = ECKey.generate_key("P-384", parameters={"kid": "k1"})


def test_the_file_is_told_or_what_is_wrong_in_it(run_seeded: Run, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    lines = ['client_id = "epj"', 'name = "EPJ"', 'person = "marit"', 'jwks_file = "keys.json"']
    file = tmp_path / "clients.toml"
    file.write_text("\n".join(["[[client]]", *lines, 'scopes = ["system/Task.rs"]']))
    fine = run_seeded("client", "check", "clients.toml")
    assert (fine.exit_code, fine.output) == (0, "epj: as marit, system/Task.rs\n")
    file.write_text("\n".join(["[[client]]", *lines, 'scopes = ["everything"]']))
    wrong = run_seeded("client", "check", "clients.toml")
    assert wrong.exit_code == 2
    assert "client 1 (epj): scope 1: such as system/Task.rs would be right." in wrong.output
