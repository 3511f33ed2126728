"""Try every step of the Dockerfile and every command of compose.yaml on this machine; the libraries are downloaded."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.container.fleet import try_services
from tests.container.image import Image

python = sys.argv[1] if len(sys.argv) > 1 else shutil.which("python3.11", path="/usr/local/bin:/usr/bin:/bin")
if python is None:
    sys.exit("say which Python 3.11 to use")
with tempfile.TemporaryDirectory(prefix="pathway-image-") as folder:
    Path(folder).chmod(0o755)
    image = Image(Path(folder), python)
    image.build()
    try_services(image)
print("every step and every command did its work")
