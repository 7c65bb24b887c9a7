"""PDF: tagged, in the blocks' order, the same bytes each time, and deaf to hostile text."""

import io
import re
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path

import msgspec
import pikepdf
import pytest

from audit.report.blocks import Badge, Callout, Facts, Figure, Foreign, Heading, Items, Link, Paragraph, Table
from audit.report.drawing import prepared, words_of
from audit.report.drawn_pdf import pdf_of
from audit.report.words import Words
from tests.report.sample_document import HOSTILE, KINDS, MEMO, SVG, document

W = Words("en")
ROLES = {"vendor": "Vendor's own test of its product", "district": "District audit", "state": "State audit", "independent": "Independent audit"}
WORDS = ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"]


@pytest.fixture(scope="module")
def made():
    return pdf_of(document(), W)


@lru_cache(maxsize=8)
def opened(data):
    """Kept, because pikepdf's objects live only as long as their file."""
    return pikepdf.open(io.BytesIO(data))


def paged(data, *options):
    """The text as Poppler reads it, in the order of the page."""
    return subprocess.run(["pdftotext", *options, "-", "-"], input=data, capture_output=True, check=True).stdout.decode()


def conforms(data, folder):
    """Hold a PDF against the package pdfua, our own rules apart."""
    (folder / "one.pdf").write_bytes(data)
    checked = subprocess.run([sys.executable, "-m", "pdfua", "check", str(folder / "one.pdf")], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert "errors=0 warnings=0" in checked.stdout


def elements(node):
    """Every structure element below a node, depth first: what a screen reader walks."""
    for kid in kids(node):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from elements(kid)


def kids(node):
    kid = node.get("/K", [])
    return list(kid) if isinstance(kid, pikepdf.Array) else [kid]


def marked(page):
    """A page's texts by marked content id, by way of the fonts' ToUnicode maps."""
    found, fonts, mcids, font = {}, {name: unicode_map(f) for name, f in page.Resources.get("/Font", {}).items()}, [], None
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BDC", "BMC"):
            own = operands[1] if name == "BDC" and isinstance(operands[1], pikepdf.Dictionary) else {}
            mcids.append(int(own["/MCID"]) if "/MCID" in own else mcids[-1] if mcids and str(operands[0]) != "/Artifact" else None)
        elif name == "EMC":
            mcids.pop()
        elif name == "Tf":
            font = fonts[str(operands[0])]
        elif name in ("Tj", "TJ"):
            said = "".join(decoded(bytes(s), font) for s in (operands[0] if name == "TJ" else operands) if isinstance(s, pikepdf.String))
            if mcids and mcids[-1] is not None:
                found[mcids[-1]] = found.get(mcids[-1], "") + said
    return found


def unicode_map(font):
    pairs, data = {}, font.ToUnicode.read_bytes().decode("latin-1")
    for part in re.findall(r"beginbfchar(.*?)endbfchar", data, re.DOTALL):
        pairs |= {int(code, 16): bytes.fromhex(value).decode("utf-16-be") for code, value in re.findall(r"<(\w+)>\s*<(\w+)>", part)}
    for part in re.findall(r"beginbfrange(.*?)endbfrange", data, re.DOTALL):
        for low, high, value in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", part):
            pairs |= {code: chr(int(value, 16) + code - int(low, 16)) for code in range(int(low, 16), int(high, 16) + 1)}
    return pairs


def decoded(data, font):
    return "".join(font.get(int.from_bytes(data[i:i + 2], "big"), "") for i in range(0, len(data), 2))


def read_aloud(pdf):
    """The document's text in the order of its structure, without spaces: artifacts have no place in it."""
    pages = {p.obj.objgen: marked(p) for p in pdf.pages}

    def said(node, page):
        page = node["/Pg"].objgen if "/Pg" in node else page
        for kid in kids(node):
            if isinstance(kid, int):
                yield pages[page].get(kid, "")
            elif isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/MCR":
                yield pages[kid["/Pg"].objgen if "/Pg" in kid else page].get(int(kid["/MCID"]), "")
            elif isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                yield from said(kid, page)

    return squeezed("".join(said(pdf.Root.StructTreeRoot, None)))


def squeezed(text):
    return re.sub(r"\s+", "", text)


def texts(blocks):
    """The blocks' texts in their order, as a person wrote them."""
    for b in blocks:
        if isinstance(b, Heading):
            yield b.text
        elif isinstance(b, Paragraph):
            yield from map(words_of, b.runs)
        elif isinstance(b, Items):
            yield from (words_of(r) for item in b.items for r in item)
        elif isinstance(b, Facts):
            yield from (t for name, value in b.pairs for t in (name, *map(words_of, value)))
        elif isinstance(b, Table):
            yield from (b.caption, *b.head, *(words_of(r) for row in b.rows for cell in row for r in cell))
        elif isinstance(b, Figure):
            yield b.caption
        elif isinstance(b, Callout):
            yield from texts(b.blocks)


def test_the_checker_finds_nothing(made, tmp_path):
    conforms(made, tmp_path)


@pytest.mark.parametrize("changes", [{"name": "memo", "blocks": MEMO}, {"lang": "es-US"}, {"blocks": (), "footer": (), "title": " ", "banner": "", "subtitle": ""}])
def test_every_kind_of_document_conforms(changes, tmp_path):
    conforms(pdf_of(document(**changes), W), tmp_path)


def test_it_says_that_it_is_pdf_ua_1_tagged_in_its_language_and_shows_its_title(made):
    pdf = opened(made)
    assert pdf.open_metadata().get("pdfuaid:part") == "1"
    assert bool(pdf.Root.MarkInfo.Marked)
    assert str(pdf.Root.Lang) == "en"
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    assert pdf.open_metadata()["dc:title"] == "Scorecard: Essay Helper 2.1"


def test_a_language_with_a_region_is_kept():
    assert str(opened(pdf_of(document(lang="es-US"), W)).Root.Lang) == "es-US"


def test_it_is_read_aloud_in_the_order_of_the_blocks():
    blocks = tuple(b for b in document().blocks if not isinstance(b, Figure))
    heard, at = read_aloud(opened(pdf_of(document(blocks=blocks), W))), 0
    for text in map(squeezed, texts((*blocks, *document().footer))):
        if re.search("[\u0590-\u06ff]", text):
            continue  # letters of right-to-left scripts stand in the stream as they are seen
        assert heard.find(text, at) >= 0, text
        at = heard.find(text, at) + len(text)


def test_no_level_of_headings_is_skipped_and_the_title_is_the_first():
    skipped = document(blocks=(Heading(4, "Deep", "a"), Heading(2, "Two", "b"), Callout("note", "n", (Heading(4, "Four", "c"),)), Heading(3, "Three", "d")))
    levels = [str(e.S) for e in elements(opened(pdf_of(skipped, W)).Root.StructTreeRoot) if re.fullmatch("/H[1-6]", str(e.S))]
    assert levels == ["/H1", "/H2", "/H2", "/H3", "/H3", "/H2"]


def test_every_picture_has_its_words_and_every_table_its_headers_and_caption(made):
    found = list(elements(opened(made).Root.StructTreeRoot))
    figures = [e for e in found if e.S == "/Figure"]
    assert [str(f.Alt) for f in figures] == ["Dialect A: 12.5 percentage points beyond the margin. The band shows the margin."]
    tables = [e for e in found if e.S == "/Table"]
    assert [sum(c.S == "/TH" for c in elements(t)) for t in tables] == [4, 2]
    assert all(any(c.S == "/Caption" for c in elements(t)) for t in tables)
    assert all(c.A[0].Scope == "/Column" for t in tables for c in elements(t) if c.S == "/TH")


def test_lists_are_lists(made):
    found = list(elements(opened(made).Root.StructTreeRoot))
    assert sum(e.S == "/L" for e in found) == 4  # ordered, to tick, plain, facts
    assert sum(e.S == "/LI" for e in found) == 8
    assert {str(e.A[0].ListNumbering) for e in found if e.S == "/L" and "/A" in e} >= {"/Decimal"}


def test_a_part_in_another_language_says_which(made):
    streams = b"".join(page.Contents.read_bytes() for page in opened(made).pages)
    tagged = {str(e.Lang) for e in elements(opened(made).Root.StructTreeRoot) if "/Lang" in e}
    assert {"es-US", "ar", "he", "es"} <= tagged | {s.decode() for s in re.findall(rb"/Lang\s*\(([^)]+)\)", streams)}


def test_the_same_document_gives_the_same_bytes_in_another_process(made):
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1])\nfrom tests.report.sample_document import document\n"
        "from audit.report.drawn_pdf import pdf_of\nfrom audit.report.words import Words\nprint(hashlib.sha256(pdf_of(document(), Words('en'))).hexdigest())"
    )
    import hashlib

    other = subprocess.run([sys.executable, "-c", code, str(Path(__file__).parents[2])], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == hashlib.sha256(made).hexdigest() == hashlib.sha256(pdf_of(document(), W)).hexdigest()


@pytest.mark.parametrize("role", ROLES)
def test_who_audited_stands_on_every_page_and_is_read_once(role):
    long = tuple(Paragraph((f"Paragraph {n}. " + "Some words. " * 60,)) for n in range(20))
    data = pdf_of(document(role=role, banner=ROLES[role], blocks=long), W)
    pages = paged(data).split("\f")[:-1]
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert ROLES[role] in page
        assert f"Page {number} of {len(pages)}" in page
    heard = read_aloud(opened(data))
    assert heard.count(squeezed(ROLES[role])) == 1
    assert "Page1of" not in heard


def test_the_four_roles_do_not_look_alike():
    """Without their words: the shapes and colors behind the page."""
    drawn = set()
    for role in ROLES:
        page = opened(pdf_of(document(role=role, banner="x", blocks=()), W)).pages[0].obj
        operators = [(str(o), [str(x) for x in a]) for a, o in pikepdf.parse_content_stream(page) if str(o) in ("re", "d", "scn", "SCN", "w", "l")]
        drawn.add(str(operators))
    assert len(drawn) == 4


def everywhere(text):
    """A document with a text in every place that takes one."""
    runs = (text, *(msgspec.structs.replace(r, text=text) for r in (Badge("met", ""), Foreign("", text), Link("", text), Link("", "#" + text), Link("", "javascript:x"))))
    return document(title=text, subtitle=text, banner=text, role=text, lang=text, name="report", skip=text, footer=(Paragraph(runs),), blocks=(
        Heading(2, text, text), Paragraph(runs), Items((runs,)), Facts(((text, runs),)), Table(text, (text, text), ((runs, runs),), quoted=True),
        Table(text, (text,) * 3, ((runs, runs),), (1,)), Callout(text, text, (Paragraph(runs),)), Figure(SVG, text, text), Heading(2, text, text),
    ))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text, tmp_path):
    data = pdf_of(everywhere(text), W)
    conforms(data, tmp_path)
    if text.isprintable() and text.isascii():
        assert squeezed(text) in squeezed(paged(data)) + squeezed(paged(data, "-raw"))
    for annotation in (a for p in opened(data).pages for a in p.get("/Annots", [])):
        assert "/A" not in annotation or str(annotation.A.URI).startswith("https://")
    assert not re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f]", paged(data).replace("\f", ""))


def test_spanish_is_right(made):
    assert "¿Dónde está la niña? Mañana será otro día." in " ".join(paged(made).split())


def test_a_character_that_no_font_has_is_replaced_and_said_so(tmp_path):
    data = pdf_of(document(blocks=(Paragraph(("Linear A: \U00010600 here",)), Figure(SVG.replace("Dialect", "\U00010600"), "\U00010600", ""))), W)
    conforms(data, tmp_path)
    text = " ".join(paged(data).split())
    assert "Linear A: \ufffd here" in text
    assert "stands for a character that none of the fonts at hand has" in text


def test_a_document_that_the_fonts_cover_says_nothing_of_missing_characters(made):
    assert "fonts at hand" not in paged(made)


@pytest.mark.parametrize("text", ["مرحبا بالعالم، كيف حالك؟", "שלום עולם", "ภาษาไทย น้ำ", "हिन्दी में उत्तर", "中文回复", "Tiếng Việt được", "\u200fabc", "e\u0301\u0302\u0323 x\u0489", "ﷺ ﷽", "각 \u1112\u1161\u11ab"])
def test_no_script_makes_it_fail(text, tmp_path):
    conforms(pdf_of(document(blocks=(Paragraph((Foreign(text, "und"), text)), Table("c", (text,), (((text,),),)), Figure(SVG.replace("Dialect", text), text, text))), W), tmp_path)


def test_a_word_of_ten_thousand_letters_stays_on_the_page():
    word = "W" * 10_000
    data = pdf_of(document(blocks=(Paragraph((word,)), Table(word, ("a", "b", "c"), (((word,), ("x",), (word,)),), (2,)))), W)
    assert paged(data, "-raw").count("W") == 40_000
    boxes = re.findall(r'xMax="([0-9.]+)"[^>]*>W+<', subprocess.run(["pdftotext", "-bbox", "-", "-"], input=data, capture_output=True, check=True).stdout.decode())
    assert boxes
    assert max(map(float, boxes)) <= 612 - 50


def test_a_table_over_pages_repeats_its_head_for_the_eye_and_not_for_the_ear():
    rows = tuple(((f"Row {n}",), (f"value {n}",)) for n in range(150))
    data = pdf_of(document(blocks=(Table("Many rows", ("Headed", "Value"), rows),), footer=()), W)
    pages = paged(data).split("\f")[:-1]
    assert len(pages) > 2
    assert all("Headed" in page for page in pages)
    assert read_aloud(opened(data)).count("Headed") == 1


def test_links_lead_to_their_places_and_say_where(made):
    annotations = [a for p in opened(made).pages for a in p.get("/Annots", [])]
    assert sorted(str(a.A.URI) for a in annotations if "/A" in a and "/URI" in a.A) == ["https://example.org/terms", "https://www.w3.org/TR/WCAG21/"]
    assert any("/Dest" in a for a in annotations)
    assert all(str(a.Contents) for a in annotations)
    assert "WCAG 2.1 (https://www.w3.org/TR/WCAG21/)" in " ".join(paged(made).split())


def test_a_link_to_no_place_is_its_text():
    assert "gone" in paged(pdf_of(document(blocks=(Paragraph((Link("gone", "#nowhere"), Link("home", "file:///etc/passwd"))),)), W))


def test_a_memo_is_one_page():
    assert len(opened(pdf_of(document(name="memo", blocks=MEMO), W)).pages) == 1


def test_all_kinds_of_badges_have_a_sign_that_is_not_read(made):
    heard = read_aloud(opened(pdf_of(document(blocks=tuple(b for b in document().blocks if not isinstance(b, Figure))), W)))
    assert all(f"Kind{kind}" in heard for kind in KINDS)
    assert not set("◆●◐○") & set(heard)
    assert set("◆●◐○") <= set(paged(made))


def test_three_hundred_tables_take_seconds_of_work():
    table = Table("Some table", ("Group", "Verdict", "Difference"), tuple(((f"Group {n}",), (Badge("met", "Met"), " " + " ".join(WORDS)), (f"+{n}.5",)) for n in range(10)), (2,))
    big = document(blocks=tuple(b for n in range(300) for b in (Heading(2, f"Table {n}", f"t{n}"), table)))
    before = time.process_time()
    data = pdf_of(big, W)
    assert time.process_time() - before < 15
    assert sum(e.S == "/Table" for e in elements(opened(data).Root.StructTreeRoot)) == 300


def test_what_nobody_could_follow_is_mended_before_drawing():
    ready = prepared(document(blocks=(Heading(4, " ", "a"), Table("c", ("a", "b"), ((("x",),), (("x",), ("y",), ("z",)))), Table("c", (), ()), Items(()), Paragraph(()))))
    assert ready.blocks == (Heading(2, "–", "a"), Table("c", ("a", "b"), ((("x",), ()), (("x",), ("y",)))))
