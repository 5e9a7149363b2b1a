"""Builds COCONUT-SVSM in the build root: `build.py prepare|fetch|build` in the scratch folder.

In that folder lie `source/` (COCONUT's tree), `parts/` (local copies of crates that it names by git
URL, and of submodules), `firmware.fd` and `request.json`. What cannot be had is said in
`problem.json`, as reason and hint, beside a non-zero exit.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

TARGET = "x86_64-unknown-none"
HOST = "x86_64-unknown-linux-gnu"
RECIPE = Path("source/configs/qemu-target.json")
TEST_RECIPE = Path("source/configs/test/qemu-test-target.json")
VTPM_SUBMODULES = {
    "libtcgtpm/deps/openssl": "Configure",
    "libtcgtpm/deps/tpm-20-ref": "TPMCmd/CMakeLists.txt",
}
SUBMODULE_HINT = (
    "run git submodule update --init --recursive in the folder that svsm_source_path names, or "
    "give the folder of a checkout as svsm_crates['{}']"
)


@dataclass(frozen=True)
class GitCrate:
    """A crate that Cargo.lock takes from a git repository."""

    name: str
    source: str

    @property
    def url(self) -> str:
        """Where cargo clones it from."""
        return self.source.removeprefix("git+").split("?")[0].split("#")[0]

    @property
    def reference(self) -> tuple[str, str] | None:
        """How Cargo.toml names the revision, such as `("rev", "c8786e8")`."""
        found = re.search(r"\?(rev|tag|branch)=([^#]+)", self.source)
        return (found[1], found[2]) if found else None

    @property
    def commit(self) -> str:
        """The locked commit."""
        return self.source.rpartition("#")[2]


def stop(reason: str, hint: str) -> NoReturn:
    """Leave word of a problem that the user can do something about."""
    Path("problem.json").write_text(json.dumps({"reason": reason, "hint": hint}))
    sys.exit(reason)


def load(path: Path | str) -> dict[str, Any]:
    """Read a JSON object."""
    found: dict[str, Any] = json.loads(Path(path).read_text())
    return found


def run(*command: str, cwd: str = ".", **variables: str) -> str:
    """Run a command, show what it says, and return it.

    Raises:
        subprocess.CalledProcessError: it failed; `output` has what it said.
    """
    print("+", *command, flush=True)  # noqa: T201
    lines = []
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)  # noqa: T201
            lines.append(line)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, "".join(lines))
    return "".join(lines)


def standard_library() -> Path:
    """Folder of the compiler's own source, from which core and alloc are built.

    The distribution has no compiled library for SVSM's target.
    """
    if not shutil.which("rustc") or not shutil.which("cargo"):
        stop(
            "the build root has no Rust compiler (rustc and cargo)",
            "name the packages that have it in build_svsm_packages",
        )
    root = run("rustc", "--print", "sysroot").strip()
    library = Path(root) / "lib/rustlib/src/rust/library"
    if not (library / "Cargo.lock").is_file():
        stop(
            f"the build root has no source of Rust's standard library ({library})",
            "name the package that has it, of rustc's version, in build_svsm_packages",
        )
    return library


def git_crates(lock: Path) -> list[GitCrate]:
    """The crates of a Cargo.lock that come from git repositories."""
    packages = tomllib.loads(lock.read_text())["package"]
    return [
        GitCrate(package["name"], package["source"])
        for package in packages
        if package.get("source", "").startswith("git+")
    ]


def manifest_of(crate: GitCrate, part: Path) -> Path:
    """The crate's own Cargo.toml in a checkout of its repository."""
    for manifest in sorted(part.rglob("Cargo.toml"), key=lambda path: len(path.parts)):
        if tomllib.loads(manifest.read_text()).get("package", {}).get("name") == crate.name:
            return manifest
    stop(
        f"the local copy of crate {crate.name} has no Cargo.toml that names it",
        f"give the folder of a checkout of {crate.url} as svsm_crates['{crate.name}']",
    )


def stand_in(crate: GitCrate, part: dict[str, str]) -> str:
    """Make a local copy of a crate stand in for its repository.

    Returns:
        The lines for cargo's configuration.
    """
    if part["commit"] not in ("", crate.commit):
        stop(
            f"the local copy of crate {crate.name} is at commit {part['commit']}, and COCONUT-SVSM "
            f"takes {crate.commit}",
            f"check out that commit in the folder that svsm_crates['{crate.name}'] names",
        )
    folder = manifest_of(crate, Path("parts", part["folder"])).parent
    (folder / ".cargo-checksum.json").write_text('{"files":{}}')
    Path("crates").mkdir(exist_ok=True)
    Path("crates", crate.name).symlink_to(folder.resolve())
    reference = '{} = "{}"\n'.format(*crate.reference) if crate.reference else ""
    return (
        f'[source."{crate.name}"]\ngit = "{crate.url}"\n{reference}replace-with = "local-copies"\n'
    )


def cargo_config(request: dict[str, Any], crates: list[GitCrate]) -> str:
    """Cargo's configuration: the mirror and the local copies."""
    text = ""
    if request["registry"]:
        text += (
            '[source.crates-io]\nreplace-with = "mirror"\n'
            f'[source.mirror]\nregistry = "{request["registry"]}"\n'
        )
    parts = request["parts"]
    replaced = [stand_in(crate, parts[crate.name]) for crate in crates if crate.name in parts]
    if replaced:
        text += f'[source.local-copies]\ndirectory = "{Path("crates").resolve()}"\n'
    return text + "".join(replaced)


def fill_submodules(parts: dict[str, dict[str, str]], crates: list[GitCrate]) -> None:
    """Put local copies of submodules where COCONUT's tree has a folder for them."""
    listed = Path("source/.gitmodules")
    submodules = re.findall(r"path = (\S+)", listed.read_text()) if listed.is_file() else []
    for name in sorted(set(parts) - {crate.name for crate in crates}):
        if name not in submodules:
            stop(
                f"svsm_crates names {name}, which this COCONUT-SVSM does not take from elsewhere",
                f"it takes {', '.join([*(crate.name for crate in crates), *submodules])}",
            )
        folder = Path("source", name)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(Path("parts", parts[name]["folder"]), folder, symlinks=True)


def features(request: dict[str, Any], upstream: str) -> list[str]:
    """SVSM's features: those asked for, or upstream's as far as their sources are there."""
    wanted = [name for name in request["features"] or upstream.split(",") if name]
    missing = [
        path for path, file in VTPM_SUBMODULES.items() if not Path("source", path, file).is_file()
    ]
    if missing and request["features"] and "vtpm" in wanted:
        stop(
            f"COCONUT-SVSM's vTPM cannot be built: the submodule {missing[0]} is empty",
            f"{SUBMODULE_HINT.format(missing[0])}, or leave vtpm out of build_svsm_features",
        )
    return [name for name in wanted if name != "vtpm" or not missing]


def snp_part(path: Path) -> dict[str, Any]:
    """COCONUT's own recipe: its part for QEMU and SEV-SNP."""
    recipe = load(path)
    recipe["igvm"] = {"qemu": recipe["igvm"]["qemu"] | {"platforms": ["snp"]}}
    recipe["kernel"].pop("tdx-stage1", None)
    return recipe


def write_recipes(chosen: list[str], *, tests: bool) -> None:
    """Write recipe.json, with the features, and tests.json."""
    recipe = snp_part(RECIPE)
    recipe["kernel"]["svsm"]["features"] = ",".join(chosen)
    Path("recipe.json").write_text(json.dumps(recipe, indent=1))
    if tests:
        Path("tests.json").write_text(json.dumps(snp_part(TEST_RECIPE), indent=1))


def check_tree() -> None:
    """Refuse what is no COCONUT-SVSM, or lacks what every build of it needs."""
    if not (RECIPE.is_file() and Path("source/Cargo.lock").is_file()):
        stop(
            f"the source is no COCONUT-SVSM, or too old: it has no Cargo.lock or no {RECIPE.name}",
            "give the folder of a checkout of COCONUT-SVSM as svsm_source_path",
        )


def prepare() -> None:
    """Check the source, write the recipe and cargo's configuration, and name what to fetch."""
    request = load("request.json")
    check_tree()
    library = standard_library()
    crates = git_crates(Path("source/Cargo.lock"))
    fill_submodules(request["parts"], crates)
    if not Path("source/packit/Cargo.toml").is_file():
        stop("COCONUT-SVSM's submodule packit is empty", SUBMODULE_HINT.format("packit"))
    chosen = features(request, load(RECIPE)["kernel"]["svsm"]["features"])
    write_recipes(chosen, tests=request["tests"])
    Path("version").write_text(request["version"] + "\n")
    Path("cargo").mkdir(exist_ok=True)
    Path("cargo/config.toml").write_text(cargo_config(request, crates))
    locks = [Path("source/Cargo.lock").read_bytes(), (library / "Cargo.lock").read_bytes()]
    left = [crate for crate in crates if crate.name not in request["parts"]]
    prepared = {
        "features": chosen,
        "lock": hashlib.sha256(locks[0]).hexdigest(),
        "crates": hashlib.sha256(b"".join(locks) + repr(left).encode()).hexdigest(),
    }
    Path("prepared.json").write_text(json.dumps(prepared))


def cause(output: str) -> str:
    """The last thing that cargo gives as a cause."""
    causes = output.rpartition("Caused by:")[2].strip().splitlines()
    return " ".join(causes[0].split()) if causes else "no reason given"


def fetch() -> None:
    """Fetch all crates of the lock file and of the standard library's."""
    request = load("request.json")
    crates = git_crates(Path("source/Cargo.lock"))
    try:
        run(
            *("cargo", "fetch", "--locked", "-Zbuild-std=core,alloc"),
            *("--target", TARGET, "--target", HOST),
            cwd="source",
            RUSTC_BOOTSTRAP="1",
        )
    except subprocess.CalledProcessError as error:
        for crate in crates:
            if crate.url in error.output and crate.name not in request["parts"]:
                stop(
                    f"COCONUT-SVSM's crate {crate.name} could not be had from {crate.url} at "
                    f"{crate.commit}: {cause(error.output)}",
                    f"give the folder of a checkout of it as svsm_crates['{crate.name}']",
                )
        stop(
            f"COCONUT-SVSM's crates could not be had from {request['registry'] or 'crates.io'}: "
            f"{cause(error.output)}",
            "give the index of a mirror as build_svsm_crates_registry (sparse+https://...)",
        )
    shutil.rmtree("cargo/registry/src", ignore_errors=True)


def xbuild(recipe: str, **variables: str) -> None:
    """Have COCONUT's xbuild follow a recipe."""
    protocol = load("request.json")["measure_protocol"]
    run(
        *("cargo", "run", "--locked", "--offline", "--release", "--package", "xbuild", "--"),
        *("--offline", "--release", str(Path(recipe).resolve())),
        cwd="source",
        FW_FILE=str(Path("firmware.fd").resolve()),
        **({"SVSM_MEASURE_PROTOCOL": protocol} if protocol else {}),
        PATH=f"{Path('bin').resolve()}:{os.environ['PATH']}",
        **variables,
    )


def measure(image: str, digest: str) -> None:
    """Take an image along, and its launch digest."""
    shutil.copy(f"source/bin/{image}", "out")
    said = run("out/bin/igvmmeasure", "--check-kvm", f"out/{image}", "measure", "--bare")
    Path("out", digest).write_text(said.strip().lower() + "\n")


def build() -> None:
    """Make the IGVM images and igvmmeasure, and measure the images."""
    xbuild("recipe.json")
    Path("out/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy("source/target/release/igvmmeasure", "out/bin")
    measure("coconut-qemu.igvm", "launch_digest")
    if load("request.json")["tests"]:
        chosen = ",".join(load("prepared.json")["features"])
        offline = {"CARGO_NET_OFFLINE": "true", "SVSM_TEST_WITHOUT_VC": "1"}
        xbuild("tests.json", FEATURES_TEST=chosen, **offline)
        measure("coconut-test-qemu.igvm", "test_launch_digest")
    note()


def note() -> None:
    """List what went in, for the manifest."""
    prepared = load("prepared.json")
    listing = ("dpkg-query", "-W", "-f", "${Package} ${Version}\\n")
    packages = subprocess.run(listing, check=True, capture_output=True, text=True).stdout
    wanted = ("rust", "cargo", "libstd-rust", "gcc", "binutils ", "lld", "libclang", "cmake ")
    lines = [line for line in packages.splitlines() if line.startswith(wanted)]
    lines += [
        run("rustc", "--version").strip(),
        f"features {','.join(prepared['features'])}",
        f"measurement protocol {load('request.json')['measure_protocol'] or 'none'}",
        f"Cargo.lock sha256 {prepared['lock']}",
        f"launch digest {Path('out/launch_digest').read_text().strip()}",
    ]
    Path("out/versions.txt").write_text("".join(f"{line}\n" for line in lines))


def main() -> None:
    """Do one step, in the folder that this file lies in."""
    os.chdir(Path(__file__).parent)
    os.environ["CARGO_HOME"] = str(Path("cargo").resolve())
    try:
        {"prepare": prepare, "fetch": fetch, "build": build}[sys.argv[1]]()
    except subprocess.CalledProcessError as error:
        said = [line for line in error.output.splitlines() if line.startswith("error")]
        sys.exit(
            f"{error.cmd[0]} ended with {error.returncode}: {(said or ['no reason given'])[0]}"
        )


if __name__ == "__main__":
    main()
