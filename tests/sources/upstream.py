"""Tiny upstreams: a tree, its archive, its repository, and a server."""

from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from roles.source.module_utils.source_tree.archive import Archive
from roles.source.module_utils.source_tree.git import Git
from roles.source.module_utils.source_tree.obtain import Obtainer
from roles.source.module_utils.source_tree.store import Store
from roles.source.module_utils.source_tree.trees import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from roles.source.module_utils.source_tree.obtain import Provider
    from roles.source.module_utils.source_tree.patches import Patch

HELLO = "one\ntwo\nthree\n"
WHO = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main")


def grow(folder: Path) -> Path:
    """A tree of three files, one of them executable, one in a folder."""
    (folder / "src").mkdir(parents=True)
    (folder / "hello.txt").write_text(HELLO)
    (folder / "src" / "main.c").write_text("int main(void) { return 0; }\n")
    (folder / "configure").write_text("#!/bin/sh\n")
    (folder / "configure").chmod(0o755)
    return folder


def git(folder: Path, *words: str) -> str:
    """Run git, as somebody."""
    argv = ["git", *WHO, "-c", "protocol.file.allow=always", "-C", str(folder), *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path) -> str:
    """Make a commit of all that is in a folder, in a repository there."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=all")
    return git(folder, "rev-parse", "HEAD")


def release(folder: Path) -> Path:
    """A release archive, with the version's folder at its top."""
    grow(folder / "demo-1.0")
    file = folder / "demo-1.0.tar.xz"
    subprocess.run(["tar", "-cJf", file, "-C", folder, "demo-1.0"], check=True)
    return file


def archive(file: Path, *, url: str = "", digest: str = "", timeout: float = 1.0) -> Archive:
    """A provider for a release archive that lies in a folder."""
    return Archive("demo", url or file.as_uri(), digest or sha256(file), timeout)


def repository(folder: Path, revision: str, *submodules: str) -> Git:
    """A provider for a repository that lies in a folder."""
    return Git("demo", str(folder), revision, submodules, 5.0)


def obtainer(
    state: Path, *providers: Provider, patches: Sequence[Patch] = (), component: str = "demo"
) -> Obtainer:
    """A way to get the tree."""
    return Obtainer(providers, patches, Store(state / "sources", component))


def listing(tar: Path) -> list[str]:
    """What is in a tar."""
    done = subprocess.run(["tar", "-tf", tar], check=True, capture_output=True, text=True)
    return sorted(line.removeprefix("./") for line in done.stdout.splitlines() if line != "./")


def content(tar: Path, name: str) -> str:
    """A file in a tar."""
    argv = ["tar", "-xOf", str(tar), f"./{name}"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


class Quiet(SimpleHTTPRequestHandler):
    """A web server that keeps no log."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A web server on a free port; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
