"""Some three hundred texts that programs stumble over, of our own making, by kind."""

from __future__ import annotations

from collections.abc import Iterator

TAGS = ("script", "img", "svg", "iframe", "object", "embed", "math", "style", "link", "meta", "base", "form", "body")
HANDLERS = ("onerror", "onload", "onclick", "onfocus", "onmouseover", "ontoggle", "onanimationstart", "onpointerdown")
QUOTES = ("'", '"', "`", "''", '""', "\\'", '\\"', "«»", "’", "“”", "'\"", "\"'", "&quot;", "&#39;", "\\", "\\\\")
TEMPLATES = (
    "{{7*7}}", "{% for a in b %}", "{# a #}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{ ''.__class__ }}", "{{config}}",
    "{%raw%}", "[[7*7]]", "$(id)", "`id`", "%{7*7}", "@(7*7)", "{0}", "{0.__class__}", "%s%s%s%n", "%(a)s", "$a", "{",
    "}", "{{", "}}",
)  # fmt: skip
DATABASES = (
    "'; DROP TABLE task; --", "' OR '1'='1", "1; DELETE FROM audit", "\" OR 1=1 --", "') UNION SELECT 1 --", "%", "_",
    "\\%", "NULL", "null", "None", "undefined", "NaN", "Infinity", "-0", "1e309", "0x10", "true", "[]", "{}", "()",
    "$1", ":name", "?", "@p", "/* */", "--", "#",
)  # fmt: skip
FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(1)", "=cmd|'/c calc'!A1", "\t=1+1", " =1+1", "\n=1+1", "\r=1+1", "＝1+1", "\u200b=1+1",
    "\ufeff=1+1", "\"=1+1", "'=1+1", "a;=1+1", "a\t=1+1", "a;  =1+1", "a;\"=1+1\"", "=HYPERLINK(\"http://a\";\"b\")",
    "-2+3+cmd|' /C calc'!A0", "＋1", "－1", "＠1", "\u00a0=1", "\x0b=1", "=\x00",
)  # fmt: skip
LETTERS = (
    "", " ", "  ", "\t", "\n", "\r\n", "\r", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\x80", "\x85", "\x9f", "\u2028",
    "\u2029", "\ufeff", "\ufffe", "\uffff", "\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\u180e", "\u3164",
    "\u202e gnitirw", "\u202a\u202b\u202d", "\u2066\u2067\u2068\u2069", "\u061c", "\u200e\u200f", "שלום", "مرحبا",
    "a\u202eb", "e\u0301", "Z" + "\u0351" * 60, "\u0e47" * 20, "\u1d167"[0], "ﬁ", "ǆ", "ẞ", "ı", "İ", "ſ", "Ω", "Å",
    "Å", "æøå", "ÆØÅ", "čšž", "漢字", "カタカナ", "ﾊﾝｶｸ", "한글", "ไทย", "ქართული", "𝒜", "𝟘", "😀", "👨‍👩‍👧‍👦",
    "🏳️‍🌈", "👍🏿",
    "🇳🇴", "1️⃣", "\U0010ffff", "\U000e0001", "\U000e0061", "½", "²", "①", "Ⅷ", "٣", "߁", "０", "－", "．", "／",
)  # fmt: skip
BREAKS = ("\x00", "a\x00b", "\ud800", "\udfff", "\ud83d", "a\udc00b", "\x01", "\x08", "\x1f", "\x00\x00")
WIRE = (
    "MSH|^~\\&|", "|", "^", "&", "~", "\\F\\", "\\X0D\\", "\\.br\\", "a\rPID|1||9", "a\x0bb\x1cc\r", "\x1c\r", "<a>",
    "]]>", "<![CDATA[x]]>", "<!DOCTYPE a>", "<?xml?>", "<!--", "-->", "&amp;", "&lt;", "&#0;", "&#x1;", "&nbsp;",
    "&a;", "%00", "%0d%0a", "\\u0000", "\\ud800", "a,b", "a;b", "a\tb", '{"a": 1}', "data: x\n\n", "id: 1", "event: x",
    "Set-Cookie: a=b", "\r\nX: y", "../../etc/passwd", "..\\..\\a", "C:\\a", "/dev/null", "con", "file:///a", "//a",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>1</script>", "vbscript:x", "http://a/?b=c&d",
)  # fmt: skip
LONG = ("a" * 3999, "ø" * 2000, "😀" * 1000, "a " * 1900, "<" * 1000, "\u0301" * 500, "&" * 1000, '"' * 1500)


def _markup() -> Iterator[str]:
    for tag in TAGS:
        yield f"<{tag}>alert(1)</{tag}>"
        yield f"</{tag}><{tag} {HANDLERS[len(tag) % len(HANDLERS)]}=alert(1)>"
    for handler in HANDLERS:
        yield f'"><img src=x {handler}=alert(1)>'
        yield f"' {handler}='alert(1)"
        yield f"x {handler}=alert(1) autofocus"
    yield from (
        "<scr<script>ipt>", "<<script>>", "<script/src=//a>", "<ScRiPt>", "<script\n>", "</textarea><script>1</script>",
        "</title><script>1</script>", "</option></select><script>1</script>", "<a href=javascript:alert(1)>a</a>",
        "<svg><animate onbegin=alert(1)>", "<img src=x:x onerror\n=alert(1)>",
        "＜script＞", "\x3cscript>", "<\x00script>",
        "<b hx-get=/x hx-trigger=load>", "<div data-hx-post=/sign-out hx-trigger=load>", "<p style=position:fixed>",
        "<input formaction=//a>", "<button form=x>", "<noscript><p title=\"</noscript><img src=x onerror=1>\">",
    )  # fmt: skip


SENDABLE = (
    *_markup(), *QUOTES, *TEMPLATES, *DATABASES, *FORMULAS, *LETTERS, *WIRE, *LONG,
)  # fmt: skip
"""Texts that a browser can send as they are, but for a NUL among them."""

NAUGHTY = (*SENDABLE, *BREAKS)
