"""Labels are read back from their pixels, and show nothing they must not."""

import io
import re
import zlib
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from postharvest.core.privacy import mask_address, mask_name, mask_phone
from postharvest.operations.parcels import fonts, s10
from postharvest.operations.parcels.labels import LabelContent, labels_pdf
from postharvest.operations.parcels.zpl import labels_zpl

NAME, PHONE = "欧阳小明", "13987654321"
ADDRESS = "广东省佛山市顺德区凤山中路127号3号楼2单元501室"


def content(serial: int = 1, **changes: object) -> LabelContent:
    number = s10.make("PA", serial)
    facts: dict[str, object] = {
        "number": number,
        "tracking_url": f"https://post.example/t/{number}",
        "service": "农产品快递包裹 Farm parcel",
        "route": "渭南 → 西安 → 广州 → 4406",
        "recipient_name": mask_name(NAME),
        "recipient_phone": mask_phone(PHONE),
        "recipient_address": mask_address(ADDRESS),
        "sender_name": "富平县曹村支局",
        "sender_place": "陕西省渭南市富平县曹村镇",
        "crop": "富平尖柿 一级 Persimmon, grade 1",
        "lot": "FP-20261008-0001",
        "net_weight_g": 4500,
        "packed_on": date(2026, 10, 8),
        "best_before": date(2026, 10, 18),
        "ribbon": "模拟 SIMULATED",
    }
    return LabelContent(**(facts | changes))  # type: ignore[arg-type]


@pytest.fixture
def font() -> Path:
    try:
        return fonts.chinese_font()
    except fonts.FontMissing as missing:
        pytest.skip(str(missing))


def pixels(pdf: bytes, page: int, dpi: int) -> Image.Image:
    with pypdfium2.PdfDocument(pdf) as document:
        return document[page].render(scale=dpi / 72).to_pil().convert("L")


def codes(image: Image.Image) -> dict[str, str]:
    return {str(code.format): code.text for code in zxingcpp.read_barcodes(image)}


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.mark.font
@pytest.mark.parametrize("dpi", [150, 203, 300])
def test_both_codes_are_read_back_from_the_pixels(font: Path, dpi: int) -> None:
    serials = (1, 8, 47312482, 99999999)
    pdf = labels_pdf([content(serial) for serial in serials], font=font)
    for page, serial in enumerate(serials):
        number = s10.make("PA", serial)
        read = codes(pixels(pdf, page, dpi))
        assert read == {"Code 128": number, "QR Code": f"https://post.example/t/{number}"}


@pytest.mark.font
def test_the_qr_survives_a_smudge(font: Path) -> None:
    smudged = pixels(labels_pdf([content()], font=font), 0, 203).filter(ImageFilter.GaussianBlur(2))
    assert codes(smudged)["QR Code"].endswith("PA000000014CN")


@pytest.mark.font
def test_the_bars_are_wide_and_high_enough_for_the_post(font: Path) -> None:
    [code] = [
        code
        for code in zxingcpp.read_barcodes(pixels(labels_pdf([content()], font=font), 0, 600))
        if str(code.format) == "Code 128"
    ]
    dots_per_mm = 600 / 25.4
    width_mm = (code.position.top_right.x - code.position.top_left.x) / dots_per_mm
    assert width_mm == pytest.approx(156 * 0.375, abs=1)


@pytest.mark.font
def test_the_text_says_what_is_in_the_box(font: Path) -> None:
    text = text_of(labels_pdf([content()], font=font))
    for words in ("PA 000 000 014 CN", "富平尖柿", "4.5 kg", "2026-10-18", "FP-20261008-0001"):
        assert words in text
    assert "模拟 SIMULATED" in text
    assert "SIMULATED" not in text_of(labels_pdf([content(ribbon="")], font=font))


@pytest.mark.font
def test_the_unmasked_person_is_nowhere_in_the_files(font: Path) -> None:
    pdf = labels_pdf([content(serial) for serial in range(3)], font=font)
    zpl = labels_zpl([content(serial) for serial in range(3)], font=font)
    streams = b"".join(
        zlib.decompress(_ascii85_or_plain(found.group(1)))
        for found in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    )
    shown = " ".join([text_of(pdf), zpl, *(str(codes(pixels(pdf, p, 203))) for p in range(3))])
    for secret in (NAME, NAME[1:], PHONE, PHONE[3:], PHONE[-4:], "127号", "501"):
        assert secret not in shown
        for encoding in ("utf-8", "utf-16-be", "gb18030"):
            assert secret.encode(encoding) not in pdf
        if secret.isdecimal():
            assert secret.encode() not in streams
    assert "欧***" in shown
    assert "139******21" in shown


def _ascii85_or_plain(stream: bytes) -> bytes:
    import base64

    stripped = stream.strip()
    if stripped.endswith(b"~>"):
        return base64.a85decode(stripped.removesuffix(b"~>"))
    return stripped


@pytest.mark.font
def test_the_same_labels_are_the_same_bytes(font: Path) -> None:
    assert labels_pdf([content()], font=font) == labels_pdf([content()], font=font)


@pytest.mark.font
def test_long_and_foreign_numbers_still_fit_and_read(font: Path) -> None:
    for number in ("SF1234567890123", "JD0123456789012345678901234567"):
        pdf = labels_pdf([content(number=number)], font=font)
        assert codes(pixels(pdf, 0, 203))["Code 128"] == number


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient_phone", PHONE),
        ("recipient_phone", "139****4321"),
        ("net_weight_g", 0),
        ("number", "PA 1"),
        ("number", "X" * 31),
    ],
)
def test_a_label_that_must_not_be_printed_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        content(**{field: value})


def test_a_machine_without_a_font_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_PLACES", ())
    monkeypatch.delenv("POSTHARVEST_FONT", raising=False)
    with pytest.raises(fonts.FontMissing, match=r"fonts-wqy-microhei|TrueType"):
        fonts.chinese_font()
    monkeypatch.setenv("POSTHARVEST_FONT", "/nowhere.ttf")
    with pytest.raises(fonts.FontMissing, match="nowhere"):
        labels_pdf([content()])


@pytest.mark.font
def test_zpl_carries_chinese_as_bitmaps_of_the_stated_size(font: Path) -> None:
    zpl = labels_zpl([content()], font=font)
    assert zpl.startswith("^XA")
    assert zpl.rstrip().endswith("^XZ")
    assert "^BCN,144,N,N,N,A^FDPA000000014CN^FS" in zpl
    assert zpl.isascii()
    bitmaps = re.findall(r"\^GFA,(\d+),(\d+),(\d+),([0-9A-F,:]+)\^FS", zpl)
    assert len(bitmaps) >= 9
    for total, _, row_bytes, data in bitmaps:
        picture = _unfold(data, int(row_bytes))
        assert len(picture) == int(total)
        assert any(picture)


def _unfold(data: str, row_bytes: int) -> bytes:
    rows: list[str] = []
    row = ""
    for mark in data:
        if mark == ":":
            rows.append(rows[-1])
        elif mark == ",":
            rows.append(row.ljust(row_bytes * 2, "0"))
            row = ""
        else:
            row += mark
            if len(row) == row_bytes * 2:
                rows.append(row)
                row = ""
    return bytes.fromhex("".join(rows))


@pytest.mark.font
def test_zpl_commands_cannot_be_smuggled_in_by_a_value(font: Path) -> None:
    zpl = labels_zpl([content(lot="A^XZ~JA", tracking_url="https://x.example/^XA")], font=font)
    assert zpl.count("^XA") == zpl.count("^XZ") == 1
    assert "~JA" not in zpl


@pytest.mark.font
def test_a_font_that_cannot_be_embedded_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(io.BytesIO(b"not a font" * 10).getvalue())
    with pytest.raises(fonts.FontMissing, match=re.escape(str(broken))):
        labels_pdf([content()], font=broken)
