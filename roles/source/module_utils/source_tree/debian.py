"""Provider `debian`: a source package, with the archive's signatures checked by apt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import trees
from .command import CommandError, run
from .errors import UnavailableError, UnreachableError

if TYPE_CHECKING:
    from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


@dataclass(frozen=True)
class Debian:
    """A version of a source package.

    Attributes:
        component: whose.
        mirror: of the Debian archive.
        suite: where in the archive.
        package: source package.
        version: with epoch.
        sha256: of its .dsc, which has the digests of all its files.
        patches: whether Debian's own are applied.
        timeout: seconds without an answer after which the mirror counts as unreachable.
    """

    component: str
    mirror: str
    suite: str
    package: str
    version: str
    sha256: str
    patches: bool
    timeout: float
    name = "debian"

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.package} {self.version} of {self.suite} from {self.mirror}"

    def identity(self) -> dict[str, Any]:
        """What it is, wherever it comes from."""
        return {
            "provider": self.name,
            "package": self.package,
            "version": self.version,
            "sha256": self.sha256,
            "debian_patches": self.patches,
        }

    def fetch(self, folder: Path) -> None:
        """Download the package's files.

        Args:
            folder: empty, to be filled.

        Raises:
            UnreachableError: the mirror does not answer, or has not got the version.
            UnavailableError: the version is another than pinned.
        """
        apt = folder / "apt"
        source = f"{self.package}={self.version}"
        try:
            config = self.configure(apt)
            run(["apt-get", "-qq", "update"], env=config)
            run(["apt-get", "-qq", "source", "--download-only", source], cwd=folder, env=config)
        except CommandError as error:
            raise UnreachableError(str(error)) from error
        trees.discard(apt)
        digest = trees.sha256(self.dsc(folder))
        if digest != self.sha256:
            raise UnavailableError(
                f"{self.component}: {self.where} is another than pinned: sha256 of its .dsc is"
                f" {digest}, not {self.sha256}",
                f"correct the pin of {self.component}",
            )

    def configure(self, apt: Path) -> dict[str, str]:
        """Make a configuration that knows the one suite, and leaves the host's own alone.

        Args:
            apt: its folder, to make.

        Returns:
            What apt has to have in its environment.
        """
        # How the host reaches mirrors (proxies, authentication) holds here, too.
        acquire = run(["apt-config", "dump", "Acquire"])
        for name in ("etc/parts", "lists/partial", "cache/archives/partial"):
            (apt / name).mkdir(parents=True)
        (apt / "etc/sources.list").write_text(
            f"deb-src [signed-by={KEYRING}] {self.mirror} {self.suite} main\n", encoding="utf-8"
        )
        settings = {
            "Dir::Etc::Main": "/dev/null",
            "Dir::Etc::Parts": apt / "etc/parts",
            "Dir::Etc::SourceList": apt / "etc/sources.list",
            "Dir::Etc::SourceParts": apt / "etc/parts",
            "Dir::State::Lists": apt / "lists",
            "Dir::Cache": apt / "cache",
            "APT::Sandbox::User": "root",
            "APT::Update::Error-Mode": "any",
            "Acquire::http::Timeout": f"{self.timeout:.0f}",
            "Acquire::https::Timeout": f"{self.timeout:.0f}",
            "Acquire::Retries": "1",
            "Acquire::Languages": "none",
            # A dated snapshot is old by nature; what it must have is pinned.
            "Acquire::Check-Valid-Until": "false",
        }
        own = "".join(f'{key} "{value}";\n' for key, value in settings.items())
        (apt / "apt.conf").write_text(acquire + own, encoding="utf-8")
        return {"APT_CONFIG": str(apt / "apt.conf")}

    def dsc(self, folder: Path) -> Path:
        """The package's description, which names its files.

        Args:
            folder: what `fetch` filled.
        """
        version = self.version.partition(":")[2] or self.version
        return folder / f"{self.package}_{version}.dsc"

    def intact(self, folder: Path) -> bool:
        """Whether what was fetched is still what it was; dpkg-source checks the other files.

        Args:
            folder: what `fetch` filled.
        """
        dsc = self.dsc(folder)
        return dsc.is_file() and trees.sha256(dsc) == self.sha256

    def unpack(self, folder: Path, tree: Path) -> None:
        """Make the tree.

        Args:
            folder: what `fetch` filled.
            tree: the folder to make.
        """
        skip = [] if self.patches else ["--skip-patches"]
        run(["dpkg-source", "--extract", *skip, self.dsc(folder), tree])
        trees.discard(tree / ".pc")
