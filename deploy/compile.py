"""Compile the core of scoring by mypyc: what comes out of it is the same, in three quarters of the time.

python deploy/compile.py FOLDER     the folder that holds schemas/ and services/

The sources stay as they are; beside each lies an extension module, which Python takes in its place. So this is for a
folder in which nobody edits, as that of the image is: delete the extension modules, and the sources count again. It
takes a minute and needs mypy, setuptools, a C compiler, and what the core imports.
"""

# ruff: noqa: INP001 - run by its path

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from mypyc.build import mypycify
from setuptools import setup

SOURCES = "schemas", "services"
COMPILED = "services/scoring/core/**/*.py", "schemas/time.py"
PURE = "__init__.py", "packing.py"  # packages know where they lie, and msgspec reads the types of fields
SHARED = "services.scoring.compiled"  # the library that all modules share, in a package that is none of them


def main() -> None:
    """Compile a copy, and put the extension modules in their places."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    if not (folder / "services" / "scoring" / "core").is_dir():
        parser.error(f"{folder} does not hold services/scoring/core")
    with tempfile.TemporaryDirectory(prefix="kizashi-compiled-") as made:
        os.chdir(made)
        for name in SOURCES:
            shutil.copytree(folder / name, name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        found = (file for pattern in COMPILED for file in Path().glob(pattern))
        files = sorted(str(file) for file in found if file.name not in PURE)
        for file in map(Path, files):  # a class of mypyc has slots of its own
            text = file.read_text(encoding="utf-8").replace("@dataclass(slots=True)", "@dataclass")
            file.write_text(text.replace("slots=True, ", "").replace(", slots=True", ""), encoding="utf-8")
        modules = mypycify(files, opt_level="3", group_name=SHARED)
        setup(name="kizashi-core", ext_modules=modules, script_args=["--quiet", "build_ext", "--inplace"])
        for module in (one for name in SOURCES for one in Path(name).rglob("*.so")):
            shutil.copy2(module, folder / module)


if __name__ == "__main__":
    main()
