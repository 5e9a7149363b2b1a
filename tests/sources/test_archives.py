"""Release archives: what is taken, what is refused, and what is passed over."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from roles.source.module_utils.source_tree.errors import UnavailableError
from tests.sources.upstream import HELLO, archive, content, listing, obtainer, release, serving

if TYPE_CHECKING:
    from pathlib import Path

TREE = ["configure", "hello.txt", "src/", "src/main.c"]


def test_the_tree_is_at_the_top_of_a_plain_tar(tmp_path: Path) -> None:
    tree = obtainer(tmp_path, archive(release(tmp_path))).obtain()
    assert tree.made
    assert listing(tree.archive) == TREE
    assert content(tree.archive, "hello.txt") == HELLO


def test_it_is_the_same_file_wherever_it_is_made(tmp_path: Path) -> None:
    file = release(tmp_path)
    first = obtainer(tmp_path / "a", archive(file)).obtain()
    second = obtainer(tmp_path / "b", archive(file)).obtain()
    assert first.archive.read_bytes() == second.archive.read_bytes()
    assert first.archive.name == second.archive.name


def test_what_was_fetched_once_needs_no_upstream(tmp_path: Path) -> None:
    file = release(tmp_path)
    provider = archive(file)
    first = obtainer(tmp_path, provider).obtain()
    file.unlink()
    again = obtainer(tmp_path, provider).obtain()
    assert not again.made
    again.archive.unlink()
    anew = obtainer(tmp_path, provider).obtain()
    assert anew.made
    assert anew.archive == first.archive


def test_a_mirror_gives_the_same_tree(tmp_path: Path) -> None:
    file = release(tmp_path)
    first = obtainer(tmp_path, archive(file)).obtain()
    mirrored = archive(file, url="http://127.0.0.1:9/demo-1.0.tar.xz")
    assert obtainer(tmp_path, mirrored).obtain() == first.__class__(
        first.provider, first.identity, first.archive
    )


def test_another_content_is_refused_even_if_another_provider_has_it(tmp_path: Path) -> None:
    file = release(tmp_path)
    wrong = archive(file, digest="0" * 64)
    with pytest.raises(UnavailableError, match=f"{file.name} has another content") as told:
        obtainer(tmp_path, wrong, archive(file)).obtain()
    assert archive(file).sha256 in told.value.reason
    assert "demo_source_url" in told.value.hint
    assert not list((tmp_path / "sources").glob("*.tar"))
    assert not list((tmp_path / "sources" / "fetched").iterdir())


def test_a_damaged_file_in_the_store_is_fetched_again(tmp_path: Path) -> None:
    provider = archive(release(tmp_path))
    way = obtainer(tmp_path, provider)
    way.obtain().archive.unlink()
    kept = way.store.fetched(provider.identity()) / "source.tar"
    kept.write_bytes(kept.read_bytes()[:100])
    assert content(way.obtain().archive, "hello.txt") == HELLO


def test_what_is_not_there_is_passed_over(tmp_path: Path) -> None:
    file = release(tmp_path)
    with serving(tmp_path) as address:
        gone = archive(file, url=f"{address}/gone.tar.xz")
        tree = obtainer(tmp_path, gone, archive(file)).obtain()
    assert tree.passed_over == (f"archive ({address}/gone.tar.xz): answers 404 File not found",)


def test_a_server_that_says_nothing_is_noticed(tmp_path: Path) -> None:
    file = release(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/demo.tar.xz"
        with pytest.raises(UnavailableError) as told:
            obtainer(tmp_path, archive(file, url=url, timeout=0.2)).obtain()
    assert told.value.reason == f"demo: its source cannot be had. archive ({url}): timed out"
    assert "demo_source_path" in told.value.hint


def test_a_download_that_breaks_off_is_no_wrong_checksum(tmp_path: Path) -> None:
    file = release(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/demo.tar.xz"
        answer = b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\nonly this"

        def hang_up() -> None:
            client, _ = server.accept()
            with client:
                client.recv(4096)
                client.sendall(answer)

        thread = threading.Thread(target=hang_up)
        thread.start()
        tree = obtainer(tmp_path, archive(file, url=url), archive(file)).obtain()
        thread.join()
    assert "9 of 1000 bytes" in tree.passed_over[0] or "IncompleteRead" in tree.passed_over[0]
