"""Installs each engine's pinned packages into target/peers/HOME: a Python environment or a node_modules.
Done once for each set of pins. An engine that cannot be installed raises Missing with the reason."""

import shutil
import subprocess
import sys


class Missing(Exception):
    pass


def _call(command, folder):
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900)
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise Missing(f"{command[0]}: {fault}") from fault
    if done.returncode:
        lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        wrong = [line for line in lines if "error" in line.lower() and " code " not in line] or lines or ["no words"]
        first = command[0] == "npm"  # npm says the reason first, pip last
        raise Missing(wrong[0 if first else -1][:200])


def install(peer, root, say):
    """The folder that holds the peer's packages."""
    home = root / peer.home
    pins = "\n".join(peer.pins)
    stamp = home / "pins"
    if stamp.exists() and stamp.read_text() == pins:
        return home
    say(f"installing {peer.name}: {', '.join(peer.pins)}")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    if peer.node:
        if not shutil.which("npm") or not shutil.which("node"):
            raise Missing("Node and npm are not on the path")
        (home / "package.json").write_text('{ "private": true }\n')
        _call(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--save-exact", *peer.pins], home)
    else:
        _call([sys.executable, "-m", "venv", str(home / "venv")], home)
        _call([str(home / "venv/bin/pip"), "install", "-q", *peer.pins], home)
    stamp.write_text(pins)
    return home


def interpreter(peer, home):
    return shutil.which("node") if peer.node else str(home / "venv/bin/python")
