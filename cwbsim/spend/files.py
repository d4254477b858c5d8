"""What a file really is, whatever its name says, and whether it is safe to open."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from cwbsim.errors import UserError

Kind = Literal["text", "gzip", "workbook", "json"]

MOST_UNPACKED = 1 << 30  # bytes; a million rows of payments are about 200 MB unpacked
MOST_RATIO = 250  # unpacked to packed, of a file that unpacks to more than the next line
SMALL = 64 << 20
MOST_ENTRIES = 5_000
CHUNK = 1 << 20

ACCEPTED = "CSV or other delimited text (also .csv.gz), workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods), OCDS JSON or JSON lines"


def kind_of(path: Path) -> Kind:
    """What a file holds, by its first bytes.

    Raises
    ------
    UserError
        No such file, an empty file, or one of a kind that is not read: a page of HTML called .xls, an encrypted
        workbook, an archive, a PDF, a picture.
    """
    where = str(path)
    if not path.exists():
        raise UserError("there is no such file", where, mend="check the name, and the folder you are in")
    if path.is_dir():
        raise UserError("this is a folder", where, mend=f"name the files in it: {path}/*.csv")
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UserError("the file is empty", where, allowed=ACCEPTED)
    if head.startswith(b"PK"):
        _check_archive(path)
        return "workbook"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
            raise UserError("the workbook is encrypted", where, mend="save a copy without a password")
        return "workbook"
    return _kind_of_text(head, where)


def _kind_of_text(head: bytes, where: str) -> Kind:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<style", b"<meta")):
        raise UserError(
            "this is a web page, whatever its name says",
            where,
            allowed=ACCEPTED,
            mend="open it in Excel or LibreOffice and save it as .xlsx or .csv",
        )
    refused = {b"%pdf": "a PDF", b"\x89png": "a picture", b"gif8": "a picture", b"\xff\xd8\xff": "a picture"}
    refused |= {
        b"<?xml": "XML",
        b"{\\rtf": "a word-processor document",
        b"rar!": "an archive",
        b"7z\xbc": "an archive",
    }
    for magic, name in refused.items():
        if start.startswith(magic):
            raise UserError(f"this is {name}", where, allowed=ACCEPTED)
    if start.startswith((b"{", b"[")):
        return "json"
    return "text"


def _check_archive(path: Path) -> None:
    """Refuse an archive that is no workbook, or that unpacks to more than any ledger needs."""
    where = str(path)
    bad = UserError("the file is damaged: it cannot be unpacked", where, mend="fetch or save it again")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename.lower() for entry in entries}
            is_book = any(n.startswith(("xl/workbook.", "content.xml")) for n in names)
            if not is_book:
                raise UserError(
                    "this is an archive (or a document) and no workbook", where, ACCEPTED, "unpack it first"
                )
            unpacked = sum(entry.file_size for entry in entries)
            ratio = unpacked / max(1, path.stat().st_size)
            if (
                len(entries) > MOST_ENTRIES
                or unpacked > MOST_UNPACKED
                or (unpacked > SMALL and ratio > MOST_RATIO)
            ):
                raise UserError(
                    f"the workbook would unpack to {unpacked / 1e6:,.0f} MB in {len(entries):,} parts "
                    f"({ratio:,.0f} times its size): not opened",
                    where,
                    f"at most {MOST_UNPACKED / 1e6:,.0f} MB, {MOST_ENTRIES:,} parts, {MOST_RATIO} times",
                    "delete what is empty below and beside the table, or save the sheet as CSV",
                )
            for entry in entries:
                _check_entry(archive, entry, where)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError) as fault:
        raise bad from fault


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> None:
    """Unpack one part without keeping it: its size must be the one it states, and no entity may be declared."""
    if entry.flag_bits & 1:
        raise UserError("the workbook is encrypted", where, mend="save a copy without a password")
    with archive.open(entry) as part:
        first = part.read(CHUNK)
        if entry.filename.endswith((".xml", ".rels")) and b"<!ENTITY" in first[:65536]:
            raise UserError(
                "the workbook declares XML entities: not opened", where, mend="save it again in Excel"
            )
        while part.read(CHUNK):
            pass


def _keep_as_windows(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are not UTF-8, read as Windows-1252: what Excel saves on British desks."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    raw = error.object[error.start : error.end]
    return "".join(_windows_character(byte) for byte in raw), error.end


def _windows_character(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


codecs.register_error("cwbsim-windows", _keep_as_windows)


def text_lines(path: Path, kind: Kind) -> tuple[Iterator[str], str]:
    """The lines of a text file, and how it was read: "UTF-8", "UTF-16", "UTF-8 with Windows-1252 in places".

    Line ends of every system are "\\n" in what comes out. NUL bytes are left out.
    """
    stream: Any = gzip.open(path, "rb") if kind == "gzip" else path.open("rb")  # noqa: SIM115, closed with the lines
    head = stream.read(CHUNK)
    encoding, name = _encoding_of(head)
    if encoding == "utf-8-sig":
        name = _is_clean(stream, head)
    stream.seek(0)
    reader = io.TextIOWrapper(
        stream, encoding=encoding, errors="cwbsim-windows" if "8" in encoding else "replace"
    )
    return _capped(reader, str(path)), name


def _encoding_of(head: bytes) -> tuple[str, str]:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32", "UTF-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "UTF-16"
    sample = head[:4000]
    if len(sample) > 20 and sample[1::2].count(0) > 0.7 * len(sample[1::2]):
        return "utf-16-le", "UTF-16"
    if len(sample) > 20 and sample[0::2].count(0) > 0.7 * len(sample[0::2]):
        return "utf-16-be", "UTF-16"
    return "utf-8-sig", "UTF-8"


def _is_clean(stream: Any, head: bytes) -> str:
    """Whether every byte is UTF-8, else that Windows-1252 was needed; one pass over the file."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        decoder.decode(head)
        while block := stream.read(CHUNK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "UTF-8 with Windows-1252 in places"
    return "UTF-8"


def _capped(reader: io.TextIOWrapper, where: str) -> Iterator[str]:
    """Lines without NUL, up to the most that is unpacked."""
    n_characters = 0
    with reader:
        try:
            for line in reader:
                n_characters += len(line)
                if n_characters > 4 * MOST_UNPACKED:
                    raise UserError("the file is longer than 4 GB", where, mend="split it by year")
                yield line.replace("\x00", "") if "\x00" in line else line
        except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
            raise UserError(
                "the file is damaged: it cannot be unpacked", where, mend="fetch it again"
            ) from fault
