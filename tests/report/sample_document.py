"""A document with every kind of block, in English with parts in other languages. All names and replies are invented."""

from audit.report.blocks import (
    Badge,
    Callout,
    Document,
    Facts,
    Figure,
    Foreign,
    Heading,
    Items,
    Ladder,
    Link,
    Paragraph,
    Soft,
    Strong,
    Table,
)

KINDS = (
    "gap_found", "within_margin", "inconclusive", "not_assessed", "met", "not_met", "not_applicable", "approve",
    "approve_with_conditions", "pilot", "do_not_approve", "insufficient_evidence",
)
SVG = (
    '<svg class="picture" xmlns="http://www.w3.org/2000/svg" width="760" height="90" viewBox="0 0 760 90">'
    '<rect class="f-band" x="270" y="10" width="200" height="50" fill="#dfe8f3"/>'
    '<line class="s-gap" x1="150" x2="250" y1="35" y2="35" stroke="#9b1c22" stroke-width="4"/>'
    '<path class="f-gap" d="M205 28l7 7-7 7-7-7z" fill="#9b1c22"/>'
    '<text class="f-ink" x="10" y="40" font-size="13" fill="#1b1f24">Dialect A (é, ñ) ◆</text>'
    '<text class="f-soft" x="270" y="80" font-size="12" fill="#4a5058">within the margin</text></svg>'
)
HOSTILE = (
    '</script><script>document.title="owned"</script>', '#panic("typst")', "]] #eval(\"1\") [[", "$x$ _a_ *b* `c` @d <e>", 'back\\slash "quoted" \\',
    "nul \x00 bell \x07 esc \x1b[31m \x85 \x9b", "{{ 7*7 }} {% raw %}", "= Heading\n- item\n/ term: x", "//comment /* open", "\u202eevil\u2066 \ufeff \ufffe",
    "'; DROP TABLE", "&amp; &#60;b&#62;", "https://x.example/<img src=x onerror=alert(1)>", "\U0001f600 \U000e0041 \ue000 \ufe0f", "half \ud800 character",
)


def document(**changes):
    """Return the sample; changes: other fields."""
    fields = {
        "name": "report", "lang": "en", "title": "Scorecard: Essay Helper 2.1", "role": "district", "banner": "District audit by Example County Schools",
        "subtitle": "From Example Learning Inc. (invented)", "blocks": BLOCKS, "footer": FOOTER, "skip": "Skip to the decision",
        "data": {"tool": {"name": "</script><b>"}, "values": [1, 0.5, None, "ñ\u2028\u202e\x7f"]},
    }
    return Document(**(fields | changes))


DECISION = Callout("approve_with_conditions", "The decision", (
    Heading(2, "What the evidence supports", "decision"),
    Paragraph((Badge("approve_with_conditions", "Approve with conditions"),), "status"),
    Paragraph(("Because ", Strong("one difference"), " was measured; see ", Link("the table", "#measured"), "."), "lead"),
    Items((("First reason",), ("Second reason, ", Soft("which may be skipped"))), ordered=True),
))
COMPARED = Table(
    "Each group against the reference; margin 5 percentage points", ("Group", "Verdict", "Difference", "95% interval"),
    ((("Dialect A",), (Badge("gap_found", "Difference beyond the margin"),), ("+12.5",), ("+8.1 to +16.9",)),
     (("Dialect B",), (Badge("within_margin", "Within the margin"),), ("−0.4",), ("−2.0 to +1.2",))), (2, 3),
)
BLOCKS = (
    DECISION,
    Heading(2, "What was measured", "measured"),
    Paragraph(("The tool was asked in Spanish. ", Foreign("¿Dónde está la niña? Mañana será otro día.", "es-US"), " And in Arabic: ",
               Foreign("مرحبا بالعالم", "ar"), " and Hebrew: ", Foreign("שלום עולם", "he"), "."), "soft"),
    Figure(SVG, "Dialect A: 12.5 percentage points beyond the margin. The band shows the margin.", "Difference against the reference, percentage points"),
    COMPARED,
    Heading(3, "Two replies side by side", "replies"),
    Table("The two replies that are told apart most clearly", ("Dialect A", "Reference"),
          (((Foreign("Line one\nLine two\n\nSincerely", "en"),), (Foreign("Estimada familia:\nGracias.", "es"),)),), quoted=True),
    Heading(2, "Findings", "findings"),
    *(Paragraph((Badge(kind, f"Kind {kind}"), " ", Ladder(step % 6, 5, "documented: a place or link is named"))) for step, kind in enumerate(KINDS)),
    Heading(3, "Before you rely on it", "staff"),
    Items((("Read the reply yourself",), ("Ask a colleague ", Strong("first"))), check=True),
    Items((("An open point",), ("Another: ", Link("WCAG 2.1", "https://www.w3.org/TR/WCAG21/")))),
    Callout("note", "A note", (Heading(4, "A note", "a-note"), Paragraph(("Something to keep in mind. ", Link("https://example.org/terms", "https://example.org/terms"))))),
    Heading(2, "Facts", "facts"),
    Facts((("Seed", ("20261121",)), ("Model", (Strong("example-1"), " by its own replies")))),
)
FOOTER = (Heading(2, "Provenance", "provenance"), Paragraph(("All students, names and work samples are invented.",), "soft"))
MEMO = (
    DECISION, Heading(2, "What was measured", "measured"), COMPARED,
    *(Paragraph((f"Point {n}. " + "A sentence that a board member reads in a few seconds and can repeat. " * 2,)) for n in range(6)),
    Heading(2, "Conditions", "conditions"), Items(tuple((f"Condition {n}: by whom, and until when.",) for n in range(6))),
)
