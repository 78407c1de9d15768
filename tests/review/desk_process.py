"""A review desk as a user starts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class DeskProcess:
    """A review desk as a user starts it: a process of its own, on a free port."""

    def __init__(self, folder):
        self.folder, self.process, self.url = folder, None, ""

    def start(self, port="0"):
        program = "import sys; from pipeline.cli import main; main()"
        command = [sys.executable, "-c", program, "review", str(self.folder), "--port", str(port), "--no-browser"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
        )
        line = self.process.stdout.readline()
        assert "http://127.0.0.1:" in line, line + self.process.stdout.read()
        self.url = line.split()[2]
        return self

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait(10)
            self.process.stdout.close()
