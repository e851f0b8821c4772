# SPDX-License-Identifier: Apache-2.0
"""Programs of others that npm has, as clients: their packages stand in the build folder, one folder for each test."""
import json
import os
import pathlib
import shutil
import subprocess

from harness import BUILD


class Packages:
    def __init__(self, name, versions):
        self.folder, self.versions = BUILD / "npm" / name, versions

    def install(self):
        """Whether they are there, installed now if need be."""
        if shutil.which("node") is None:
            return False
        if all((self.folder / "node_modules" / name / "package.json").exists() for name in self.versions):
            return True
        if shutil.which("npm") is None:
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "package.json").write_text(json.dumps({"private": True, "dependencies": self.versions}))
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=self.folder, capture_output=True, text=True,
                              timeout=300)
        return done.returncode == 0

    def run(self, script, *arguments):
        """Runs a script of this folder; it must end well and say nothing on stderr."""
        here = pathlib.Path(__file__).resolve().parent
        done = subprocess.run(["node", here / script, *arguments], env=dict(os.environ, NODE_PATH=str(self.folder / "node_modules")),
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and not done.stderr, done.stderr
        return done.stdout
