"""Archives: read as what is in them, hostile ones refused in a line, nothing left behind."""

import gzip
import io
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from zoo.data import description, library
from zoo.data.readers import archives
from zoo.errors import ZooError
from zoo.home import data_folder

CSV = "fer2013/fer2013.csv"


def zipped(path: Path, members: dict[str, bytes], **settings) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **settings) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, members: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def packed(content: bytes, tmp_path: Path) -> dict[str, Path]:
    """One csv in every kind of archive, as people have it."""
    (tmp_path / "fer2013.csv.gz").write_bytes(gzip.compress(content, 1))
    readme = {"fer2013/README": b"about", "__MACOSX/._fer2013.csv": b"\0", ".DS_Store": b"\0"}
    members = {**readme, CSV: content}
    return {
        "gz": tmp_path / "fer2013.csv.gz",
        "zip": zipped(tmp_path / "archive.zip", {CSV: content}),
        "tar.gz": tarred(tmp_path / "fer2013.tar.gz", {CSV: content}),
        "tgz": tarred(tmp_path / "fer2013.tgz", {"./fer2013.csv": content}),
        "tar": tarred(tmp_path / "fer2013.tar", {CSV: content}, "w"),
        "tar.xz": tarred(tmp_path / "fer2013.tar.xz", {CSV: content}, "w:xz"),
        "zip with rubbish": zipped(tmp_path / "kaggle.zip", members),
        "another name": Path(shutil.copy(tmp_path / "archive.zip", tmp_path / "download")),
    }


def left_behind() -> list[str]:
    return [path.name for path in (data_folder() / "cache").glob(".*")]


def refusal(path: Path) -> str:
    with pytest.raises(ZooError) as refused:
        library.add("faces", path)
    assert library.list_datasets() == []
    assert left_behind() == []
    message = str(refused.value)
    assert "\n" not in message
    assert str(path) in message
    assert ".tmp." not in message
    return message


def test_a_csv_has_the_same_faces_and_fingerprint_in_every_archive(rows, write_csv, tmp_path):
    path = write_csv(rows)
    plain = library.add("plain", path)
    for number, (kind, archive) in enumerate(packed(path.read_bytes(), tmp_path).items()):
        dataset = library.add(f"packed-{number}", archive)
        assert dataset.fingerprint == plain.fingerprint, kind
        assert dataset.splits["test"].ids.tolist() == ["line 4", "line 7", "line 10", "line 13"]
        assert dataset.facts["source"] == str(archive)
        assert dataset.facts["kind"].startswith("a FER2013 csv ")
        assert dataset.facts["kind"].endswith(" archive")
        assert description.remarks(dataset) == description.remarks(plain)
        assert left_behind() == []


def test_each_name_tells_its_own_source_though_the_faces_are_the_same(rows, write_csv, tmp_path):
    path = write_csv(rows)
    library.add("packed", packed(path.read_bytes(), tmp_path)["zip"])
    library.add("plain", path)
    kinds = [library.open_dataset(name).facts["kind"] for name in ("packed", "plain")]
    assert kinds == ["a FER2013 csv in a zip archive", "a FER2013 csv"]


@pytest.mark.parametrize("wrapped", ["", "archive/", "outer/inner/"])
@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_image_folders_are_the_same_in_an_archive(write_images, tmp_path, wrapped, kind):
    root = write_images({"train/happy": 3, "train/sad": 3, "test/happy": 2, "test/sad": 2})
    plain = library.add("plain", root)
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    members = {wrapped + path.relative_to(root).as_posix(): path.read_bytes() for path in files}
    pack = zipped if kind == "zip" else tarred
    dataset = library.add("packed", pack(tmp_path / f"faces.{kind}", members))
    assert dataset.fingerprint == plain.fingerprint
    for name, split in plain.splits.items():
        assert np.array_equal(split.faces, dataset.splits[name].faces)
        assert np.array_equal(split.ids, dataset.splits[name].ids)


def test_class_folders_alone_are_not_mistaken_for_what_is_around_them(write_images, tmp_path):
    root = write_images({"train/happy": 2, "train/sad": 2})
    members = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*.png")}
    dataset = library.add("faces", zipped(tmp_path / "faces.zip", members))
    assert dataset.classes == ("happy", "sad")
    only = {"happy/" + Path(name).name: content for name, content in members.items()}
    assert "only one class, happy" in refused_beside(zipped(tmp_path / "one.zip", only))


def refused_beside(path: Path) -> str:
    with pytest.raises(ZooError) as refused:
        library.add("other", path)
    assert left_behind() == []
    return str(refused.value)


def test_a_fault_inside_is_named_by_the_archives_path(rows, write_csv, tmp_path):
    rows[3] = ("9", *rows[3][1:])
    archive = zipped(tmp_path / "faces.zip", {CSV: write_csv(rows).read_bytes()})
    assert refusal(archive).startswith(f"{archive}/fer2013.csv line 5: label '9'")


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def with_member(path: Path, member: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(member)
    return path


def with_zip_link(path: Path) -> Path:
    member = zipfile.ZipInfo("train/link")
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "/etc/passwd")
    return path


def encrypted(path: Path) -> Path:
    """A zip archive whose headers say that its member is encrypted."""
    content = bytearray(zipped(path, {"fer2013.csv": b"secret"}).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(signature) + offset
        content[place : place + 2] = struct.pack("<H", 1)
    path.write_bytes(bytes(content))
    return path


def twice(path: Path) -> Path:
    return zipped(path, {"a/1.png": b"first", "./a/1.png": b"second"})


HOSTILE = {
    "climbing zip": (lambda p: zipped(p, {"../../evil.csv": b"x"}), "leads out of the folder"),
    "climbing tar": (lambda p: tarred(p, {"a/../../evil.csv": b"x"}), "leads out of the folder"),
    "absolute zip": (lambda p: zipped(p, {"/tmp/evil.csv": b"x"}), "leads out of the folder"),
    "absolute tar": (lambda p: tarred(p, {"/tmp/evil.csv": b"x"}), "leads out of the folder"),
    "backslashes": (lambda p: tarred(p, {"..\\evil.csv": b"x"}), "leads out of the folder"),
    "symbolic link": (
        lambda p: with_member(p, link("train", "/etc", tarfile.SYMTYPE)), "'train' is a link",
    ),
    "hard link": (
        lambda p: with_member(p, link("a.png", "/etc/passwd", tarfile.LNKTYPE)), "is a link",
    ),
    "device": (lambda p: with_member(p, link("null", "", tarfile.CHRTYPE)), "is a device"),
    "link in a zip": (with_zip_link, "'train/link' is a link"),
    "encrypted": (encrypted, "encrypted: unpack it with its password"),
    "twice": (twice, "1.png' stands in it twice"),
    "file and folder": (lambda p: tarred(p, {"a": b"", "a/b": b""}), "as a file and as a folder"),
    "folder and file": (lambda p: tarred(p, {"a/b": b"", "a": b""}), "as a file and as a folder"),
    "empty": (lambda p: zipped(p, {}), "the archive is empty"),
    "nothing of use": (lambda p: zipped(p, {"notes.txt": b"\xff\xfe\0"}), "not UTF-8 text"),
    "nested": (
        lambda p: zipped(p, {"fer2013.tar.gz": gzip.compress(b"x")}),
        r"an archive in an archive, fer2013\.tar\.gz: unpack the outer one",
    ),
    "long name": (lambda p: tarred(p, {"a" * 5000: b"x"}), "cannot be unpacked"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_archive_is_refused_in_one_line(tmp_path, kind):
    make, reason = HOSTILE[kind]
    (tmp_path / "inner").mkdir()
    message = refusal(make(tmp_path / "inner" / "faces.archive"))
    assert re.search(reason, message), message
    assert not list(tmp_path.rglob("evil.csv"))


def test_what_unpacks_to_too_much_is_refused_before_it_fills_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "FREE_OF_RATIO_BYTES", 1000)
    content = b"0 " * 1_500_000
    for bomb in (
        zipped(tmp_path / "bomb.zip", {"fer2013.csv": content}),
        tarred(tmp_path / "bomb.tar.gz", {"fer2013.csv": content}),
        Path(tmp_path / "bomb.csv.gz"),
    ):
        if not bomb.exists():
            bomb.write_bytes(gzip.compress(content))
        assert "unpacks to more than 200 times its size" in refusal(bomb)


def test_a_compressed_csv_is_none_even_if_its_first_bytes_pass_for_a_header_of_tars(tmp_path):
    whole = gzip.compress(b"0 " * 1000)
    start = bytearray(whole[:3] + b"\x04" + whole[4:10] + (500).to_bytes(2, "little") + bytes(500))
    start[148:156] = b" " * 8
    start[148:155] = f"{sum(start):06o}\0".encode()
    path = tmp_path / "faces.csv.gz"
    path.write_bytes(bytes(start) + whole[10:])
    assert gzip.decompress(path.read_bytes()) == b"0 " * 1000
    assert tarfile.is_tarfile(path)  # by what the standard library looks at
    assert archives.archive_kind(path) == "gz"


def test_a_size_that_is_only_claimed_is_refused_as_well(tmp_path):
    member = tarfile.TarInfo("fer2013.csv")
    member.size = 100_000_000_000
    (tmp_path / "bomb.tar").write_bytes(member.tobuf(tarfile.GNU_FORMAT) + bytes(2048))
    assert "unpacks to more than" in refusal(tmp_path / "bomb.tar")


def test_more_than_the_bound_or_the_disk_holds_is_refused(rows, write_csv, tmp_path, monkeypatch):
    archive = zipped(tmp_path / "faces.zip", {CSV: write_csv(rows).read_bytes()})
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 1000)
    assert "unpacks to more than 1e-06 GB" in refusal(archive)
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 10**12)
    free = type("Usage", (), {"free": 2000})
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda path: free)
    assert "that are free" in refusal(archive)


@pytest.mark.parametrize("kind", ["gz", "zip", "tar.gz", "tar", "tar.xz"])
@pytest.mark.parametrize("share", [0.5, 0.98])
def test_an_archive_that_is_cut_short_is_refused(rows, write_csv, tmp_path, kind, share):
    archive = packed(write_csv(rows).read_bytes(), tmp_path)[kind]
    content = archive.read_bytes()
    keep = share if kind != "tar" else min(share, 0.9)  # a tar ends in zeros nobody needs
    archive.write_bytes(content[: int(len(content) * keep)])
    assert "cut short" in refusal(archive)


def test_flipped_bytes_are_noticed(rows, write_csv, tmp_path):
    for kind in ("gz", "zip"):
        archive = packed(write_csv(rows).read_bytes(), tmp_path)[kind]
        content = bytearray(archive.read_bytes())
        content[len(content) // 2] ^= 0xFF
        archive.write_bytes(bytes(content))
        assert "damaged" in refusal(archive)


def test_what_a_killed_import_unpacked_is_removed_by_the_next(rows, write_csv, tmp_path):
    path = write_csv(rows)
    archive = packed(path.read_bytes(), tmp_path)["zip"]
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from zoo.data import library\n"
        "def kill(done, total): os.kill(os.getpid(), signal.SIGKILL)\n"
        "library.add('faces', Path(sys.argv[1]), progress=kill)\n"
    )
    command = [sys.executable, "-c", code, str(archive)]
    job = subprocess.run(command, env=os.environ, timeout=60, check=False)
    assert job.returncode == -signal.SIGKILL
    assert len(left_behind()) == 1
    library.add("faces", path)
    assert left_behind() == []


def test_an_interrupted_import_leaves_nothing(rows, write_csv, tmp_path):
    archive = packed(write_csv(rows).read_bytes(), tmp_path)["tar.gz"]

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add("faces", archive, progress=interrupt)
    assert left_behind() == []
    assert library.list_datasets() == []


def longest_name(path: Path, kind: bytes) -> Path:
    """A tar archive whose only header of its own claims 40 MB, which pack to 40 kB."""
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = kind, 40_000_000
    with gzip.open(path, "wb") as file:
        file.write(header.tobuf(tarfile.GNU_FORMAT))
        file.write(b"a" * header.size)
    return path


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_name_of_megabytes_is_refused_before_it_is_read(tmp_path, kind):
    archive = longest_name(tmp_path / "long.tar.gz", kind)
    tracemalloc.start()
    try:
        assert "a name or attributes of 40,000,000 bytes in it" in refusal(archive)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_names_as_long_as_the_system_allows_are_read(rows, write_csv, tmp_path):
    wrapped = "/".join(["f" * 200] * 15) + "/fer2013.csv"
    archive = tarred(tmp_path / "faces.tar.gz", {wrapped: write_csv(rows).read_bytes()})
    assert len(library.add("faces", archive).splits["train"]) == 4


def test_sparse_files_are_refused(tmp_path):
    member = tarfile.TarInfo("fer2013.csv")
    member.type = tarfile.GNUTYPE_SPARSE
    assert "a sparse file in it" in refusal(with_member(tmp_path / "sparse.tar.gz", member))


def test_headers_that_follow_one_another_without_end_are_refused(tmp_path):
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2
    block = header.tobuf(tarfile.GNU_FORMAT) + b"a\0".ljust(512, b"\0")
    (tmp_path / "chain.tar").write_bytes(5000 * block)
    refusal(tmp_path / "chain.tar")


def test_a_csv_of_paths_beside_folders_of_images_says_what_they_are(write_images, tmp_path):
    root = write_images({"part1": 4, "part2": 4})
    lines = [f"part{1 + k // 4}/{k % 4}.png,{('happy', 'sad')[k % 2]}" for k in range(8)]
    (root / "labels.csv").write_text("\n".join(["path,label", *lines]))
    plain = library.add("plain", root / "labels.csv")
    members = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*.*")}
    wrapped = {f"data/{name}": content for name, content in members.items()}
    for name, source in {
        "folder": root,
        "zip": zipped(tmp_path / "faces.zip", members),
        "wrapped": tarred(tmp_path / "faces.tar.gz", wrapped),
    }.items():
        dataset = library.add(name, source)
        assert dataset.classes == ("happy", "sad")
        assert dataset.fingerprint == plain.fingerprint
        assert "a csv of paths called labels.csv" in dataset.facts["kind"]


def test_an_import_of_an_archive_that_is_interrupted_says_so_as_any_other(
    rows, write_csv, tmp_path, zoo_command, monkeypatch
):
    archive = packed(write_csv(rows).read_bytes(), tmp_path)["zip"]

    def interrupt(decoder: object, part: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("zoo.data.decoding.decode_part", interrupt)
    result = zoo_command("data", "add", "faces", archive)
    assert result.exit_code == 130
    assert "interrupted; the same zoo data add goes on where it stopped" in result.output
