"""Carry the sample shop's data inside `api`, which loads it: only the rooms themselves are packages."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithSampleShop(build_py):
    """Copy `sample_shop/` to `api/sample_shop/` in what is built; an editable install reads it where it lies."""

    def run(self) -> None:
        """Build, then copy."""
        super().run()
        if not self.editable_mode:
            shutil.copytree("sample_shop", Path(self.build_lib) / "api" / "sample_shop", dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithSampleShop})
