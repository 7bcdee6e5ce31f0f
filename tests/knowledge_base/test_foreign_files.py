"""PDF and Word files: what is read of them, what is refused, and that neither harms anything but itself."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from knowledge_base import foreign_worker
from knowledge_base.errors import RefusalError
from knowledge_base.foreign import ForeignReader, ForeignReaders, ForeignText, Limits
from knowledge_base.importing import read_path
from tests.knowledge_base.making import BODY, encrypted_pdf, pdf, pdf_of, policy, repacked, word

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 1024 * 1024
GOOD = [[(20.0, "Returns"), (BODY, "You have 30 days.")]]


@pytest.fixture(scope="module")
def reader() -> Iterator[ForeignReader]:
    with ForeignReader() as opened:
        yield opened


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def refusal(reader: ForeignReader, path: Path) -> str:
    with pytest.raises(RefusalError) as caught:
        reader.read(path)
    return caught.value.message


def test_word_keeps_headings_lists_and_tables(reader: ForeignReader, tmp_path: Path) -> None:
    found = reader.read(write(tmp_path, "policy.docx", word(policy())))
    assert found == ForeignText(
        markdown=(
            "# Return policy\n\nYou have 30 days from delivery.\n\n## What cannot be returned?\n\n- Earrings\n"
            "- Gift\\_cards \\* 2\n\n| Zone | Fee |\n| --- | --- |\n| EU | 0 |\n"
        ),
        title="Return policy",
        language="en-GB",
        tags=("returns", "refund"),
    )


def test_word_shows_what_a_reader_sees(reader: ForeignReader, tmp_path: Path) -> None:
    document = Document()
    paragraph = document.add_paragraph("We refund ")
    inserted = f'<w:ins {nsdecls("w")} w:id="1"><w:r><w:t>all of it</w:t></w:r></w:ins>'
    deleted = f'<w:del {nsdecls("w")} w:id="2"><w:r><w:delText>half of it</w:delText></w:r></w:del>'
    paragraph._p.append(parse_xml(inserted))
    paragraph._p.append(parse_xml(deleted))
    paragraph.add_run(" margin 40 %").font.hidden = True
    control = (
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>Within a field.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    document.element.body.insert(1, parse_xml(control))
    assert reader.read(write(tmp_path, "a.docx", word(document))).markdown == "We refund all of it\n\nWithin a field.\n"


def test_word_in_other_hands(reader: ForeignReader, tmp_path: Path) -> None:
    """Paths of parts, names of styles and marks as other programs and languages of Word write them."""
    styles = (
        f'<w:styles {nsdecls("w")}><w:style w:type=\'paragraph\' w:styleId="berschrift2"><w:name w:val="heading 2"/>'
        '</w:style><w:style w:type="paragraph" w:styleId="A&amp;B"><w:name w:val="List Number"/></w:style></w:styles>'
    )
    body = (
        f"<w:document {nsdecls('w')}><w:body>"
        '<w:p><w:pPr><w:pStyle w:val="berschrift2"/></w:pPr><w:r><w:t>Frist</w:t></w:r></w:p>'
        '<w:p><w:pPr><w:pStyle w:val="A&amp;B"/></w:pPr><w:r><w:t>eins</w:t><w:tab/><w:t>zwei</w:t></w:r></w:p>'
        '<w:p><w:pPr><w:pStyle w:val="unknown"/></w:pPr>'
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>da</w:t></w:r></w:p>'
        "</w:body></w:document>"
    )
    relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    one = f'<Relationship Id="r" Type="{kind}/{{}}" Target="{{}}"/>'
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as package:
        package.writestr("_rels/.rels", relations.format(one.format("officeDocument", "/texts/main%20one.xml")))
        package.writestr("texts/_rels/main one.xml.rels", relations.format(one.format("styles", "../looks.xml")))
        package.writestr("texts/main one.xml", body)
        package.writestr("looks.xml", styles)
    assert reader.read(tmp_path / "a.docx") == ForeignText("## Frist\n\n1. eins zwei\n\nda\n")


def test_pdf_headings_come_from_the_size_of_their_letters(reader: ForeignReader, tmp_path: Path) -> None:
    pages = [
        [
            (9.0, "Acme shop"),
            (20.0, f"Chapter {name}"),
            (BODY, f"{name}: thirty days from de-"),
            (BODY, "livery, [all] goods."),
            (14.0, f"What about {name}?"),
            (BODY, "• Earrings"),
            (BODY, "2. Gift cards"),
            (BODY, f"That is all of {name}."),
            (9.0, f"Page {number} of 4"),
        ]
        for number, name in enumerate(("Returns", "Vouchers", "Parcels", "Refunds"), start=1)
    ]
    found = reader.read(write(tmp_path, "a.pdf", pdf(pages, language="en-GB")))
    assert (found.title, found.language) == ("Chapter Returns", "en-GB")
    first = found.markdown.split("# Chapter Vouchers")[0]
    assert first == (
        "\n# Chapter Returns\n\nReturns: thirty days from delivery, \\[all\\] goods.\n\n## What about Returns?\n\n"
        "- Earrings\n2. Gift cards\nThat is all of Returns.\n\n"
    )
    assert "Acme" not in found.markdown
    assert "Page" not in found.markdown


def test_a_folder_takes_id_language_and_sidecar(tmp_path: Path) -> None:
    write(tmp_path, "de/Rück gabe.pdf", pdf(GOOD, language="en-US"))
    write(
        tmp_path,
        "de/Rück gabe.pdf.yaml",
        b"visibility: internal\ntags: [returns]\nvalid_until: 2027-12-31\ntitle: Alles",
    )
    write(tmp_path, "policy.fr.docx", word(policy()))
    write(tmp_path, "plain.docx", word(policy()))
    write(tmp_path, "slip.pdf", pdf(GOOD))
    write(tmp_path, "slip.pdf.yaml", b"id: a\nvisiblity: internal\n")
    result = read_path(tmp_path, guess_language=lambda _: None)
    assert [(a.id, a.language, a.title, a.visibility.value, a.tags) for a in result.articles] == [
        ("plain", "en", "Return policy", "public", ("returns", "refund")),
        ("policy", "fr", "Return policy", "public", ("returns", "refund")),
        ("rück-gabe", "de", "Alles", "internal", ("returns",)),
    ]
    (refused,) = result.refused
    assert refused.file == str(tmp_path / "slip.pdf")
    assert refused.reason == "slip.pdf.yaml, line 2: unknown name `visiblity`: did you mean `visibility`?"


def flate_bomb(size: int, content: bytes = b"BT ET ") -> bytes:
    packed = zlib.compress(content * (size // len(content)), 9)
    return pdf_of(b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream")


def broken_files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Make a file of every bad kind; each with how its refusal begins."""
    good = word(policy())
    dtd = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    deep = f"<w:document {nsdecls('w')}>".encode() + b"<w:body><w:p>" + b"<w:r>" * 10_000 + b"</w:r>" * 10_000
    deep += b"</w:p></w:body></w:document>"
    strict = b'<document xmlns="http://purl.oclc.org/ooxml/wordprocessingml/main"/>'
    many = {f"word/media/{number}.txt": b"" for number in range(2_001)}
    made = {
        "encrypted.pdf": (encrypted_pdf("secret"), "is encrypted: save a copy without a password"),
        "pages.pdf": (pdf([[(BODY, f"Page {n}")] for n in range(500)]), "has 500 pages, 200 are allowed"),
        "cut-off.pdf": (pdf(GOOD)[:300], "is no readable PDF"),
        "junk.pdf": (b"%PDF-1.7\n" + bytes(range(256)) * 40, "is no readable PDF"),
        "scan.pdf": (pdf([[]]), "holds no text (a scan?): run text recognition (OCR) on it first"),
        "bomb.pdf": (flate_bomb(200 * MIB), "is broken (LimitReachedError)"),
        "cut-off.docx": (good[: len(good) // 2], "is no readable Word document"),
        "junk.docx": (b"not a zip at all", "is no readable Word document"),
        "password.docx": (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000),
            "is encrypted, or a Word file from before",
        ),
        "empty.docx": (word(Document()), "holds no text"),
    }
    files = {name: (write(folder, name, data), reason) for name, (data, reason) in made.items()}
    for name, changes, reason in (
        ("bomb.docx", {"word/media/a.bin": bytes(95 * MIB)}, "unpacks to "),
        ("large.docx", {"word/media/a.bin": bytes(97 * MIB)}, "unpacks to 102"),
        (
            "text-bomb.docx",
            {"word/document.xml": bytes(16 * MIB) + os.urandom(MIB)},
            "word/document.xml has 17825792 bytes",
        ),
        ("entities.docx", {"word/document.xml": dtd}, "word/document.xml declares a document type"),
        ("deep.docx", {"word/document.xml": deep}, "is broken (RecursionError)"),
        ("sheet.docx", {"word/document.xml": b"<workbook/>"}, "is no Word document (its main part is `workbook`)"),
        ("strict.docx", {"word/document.xml": strict}, "is no Word document (its main part is `document`)"),
        ("lost.docx", {"_rels/.rels": b"<Relationships/>"}, "is no Word document: the package names no main part"),
        ("styles.docx", {"word/styles.xml": bytes(16 * MIB) + os.urandom(MIB)}, "word/styles.xml has 17825792 bytes"),
        ("no-xml.docx", {"word/document.xml": b"no XML"}, "word/document.xml is no XML"),
        ("unclosed.docx", {"word/document.xml": b"<a>"}, "word/document.xml is no XML (no element found"),
        ("parts.docx", many, "holds 20"),
    ):
        files[name] = (repacked(good, changes, folder / name), reason)
    return files


def test_every_bad_file_is_refused_with_its_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "en"
    expected = {str(path): reason for path, reason in broken_files(folder).values()}
    write(folder, "good.pdf", pdf(GOOD))
    write(folder, "good.docx", word(policy()))
    result = read_path(tmp_path)
    assert [Path(article.origin or "").name for article in result.articles] == ["good.docx"]
    reasons = {refused.file: refused.reason for refused in result.refused}
    assert reasons.pop(str(folder / "good.pdf")).startswith("'good' in 'en' is already given by ")
    assert reasons.keys() == expected.keys()
    for file, reason in expected.items():
        assert reasons[file].startswith(reason), (file, reasons[file])
        assert ":" in reasons[file], "a refusal says what to do"


def test_a_file_of_200_mb_is_refused_unread(tmp_path: Path) -> None:
    for name, allowed in (("a.pdf", 32), ("a.docx", 32), ("a.md", 2), ("a.html", 2), ("a.json", 64), ("a.csv", 64)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(200 * MIB)
        (refused,) = read_path(tmp_path / name).refused
        assert refused.reason.startswith(f"has {200 * MIB} bytes, {allowed * MIB} are allowed: cut it")


def test_processor_time_ends_a_file_and_nothing_else(tmp_path: Path) -> None:
    slow = write(tmp_path, "slow.pdf", flate_bomb(40 * MIB))
    with ForeignReader(Limits(processor_s=1)) as reader:
        assert refusal(reader, slow).startswith("took more than 1 s of processor time")
        assert reader.read(write(tmp_path, "good.pdf", pdf(GOOD))).title == "Returns"


def test_the_clock_ends_a_file(tmp_path: Path) -> None:
    with ForeignReader(Limits(wall_s=0)) as reader:
        assert refusal(reader, write(tmp_path, "a.pdf", pdf(GOOD))).startswith("took longer than 0 s to read")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_memory_ends_a_file_and_nothing_else(tmp_path: Path) -> None:
    greedy = write(tmp_path, "greedy.pdf", flate_bomb(60 * MIB))
    with ForeignReader(Limits(memory_bytes=160 * MIB)) as reader:
        assert refusal(reader, greedy).startswith("needs more than 160 MiB of memory")
        assert reader.read(write(tmp_path, "good.docx", word(policy()))).title == "Return policy"


def test_more_text_than_is_taken_is_refused(tmp_path: Path) -> None:
    with ForeignReader(Limits(answer_bytes=50)) as reader:
        assert refusal(reader, write(tmp_path, "a.pdf", pdf(GOOD))).startswith("holds more than 50 bytes of text")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (signal.SIGSEGV, "the parser crashed on it (SIGSEGV)"),
        (signal.SIGKILL, "was stopped by the system, mostly for want of memory"),
    ],
)
def test_a_crash_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, reason: str) -> None:
    def crash(_: Path) -> None:
        faulthandler.disable()
        os.kill(os.getpid(), number)

    monkeypatch.setattr(foreign_worker, "read_pdf", crash)
    answer = foreign_worker.read_apart(tmp_path / "a.pdf", Limits())
    assert reason in answer.decode()


def test_a_worker_that_dies_is_started_anew(tmp_path: Path) -> None:
    path = write(tmp_path, "a.pdf", pdf(GOOD))
    with ForeignReader() as reader:
        reader.read(path)
        worker = reader._worker
        assert worker is not None
        worker.kill()
        worker.wait()
        assert "did not answer" in refusal(reader, path)
        assert reader.read(path).title == "Returns"


def test_files_read_side_by_side_keep_their_places(tmp_path: Path) -> None:
    good, bad = write(tmp_path, "good.pdf", pdf(GOOD)), write(tmp_path, "bad.pdf", b"%PDF-1.7 nothing")
    letter = write(tmp_path, "letter.docx", word(policy()))
    with ForeignReaders(at_once=2) as readers:
        for path in (good, bad, letter):
            readers.begin(path)
        assert readers.read(letter).title == "Return policy"
        with pytest.raises(RefusalError):
            readers.read(bad)
        assert readers.read(good).title == "Returns"
        assert readers.read(good).title == "Returns"
    with ForeignReaders(at_once=1) as readers:
        for path in (good, letter, bad):
            readers.begin(path)  # left unread: the end waits for none of them


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="the system does not show environments")
def test_the_worker_is_told_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESKHAND_WEBHOOK_SECRETS", "shop=hunter2")
    with ForeignReader() as reader:
        reader.read(write(tmp_path, "a.pdf", pdf(GOOD)))
        assert reader._worker is not None
        assert b"hunter2" not in Path(f"/proc/{reader._worker.pid}/environ").read_bytes()


def test_the_parsers_are_never_loaded_into_the_service() -> None:
    code = "import sys, knowledge_base.importing; sys.exit(bool({'pypdf', 'docx', 'lxml'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
