"""Tables as people send them: encodings, spreadsheets, dirt; and the rejects that go back."""

import csv
import io
from datetime import datetime

import openpyxl
import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from agency.core.tables import Unreadable, escape, open_table, rejects_file, unescape
from tests.papers import damaged, packed_otherwise

HEADINGS = "编号,标题,内容\r\n"
LONG = "1234567890123456789012345"
MORNING = datetime(2026, 1, 5, 9, 3)  # noqa: DTZ001 – spreadsheets know no zones
MIDNIGHT = MORNING.replace(hour=0, minute=0)


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


def read(path):
    with open_table(path) as table:
        return table.headings, [(row.number, row.cells, row.fault) for row in table.rows]


def written(tmp_path, data, name="tickets.csv"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_a_csv_is_read_in_whatever_encoding_it_was_saved(tmp_path, encoding, line_end):
    text = f"{HEADINGS}1,净水器漏水,商家拒绝退货，要求赔偿\r\n".replace("\r\n", line_end)

    assert read(written(tmp_path, text.encode(encoding))) == (
        ["编号", "标题", "内容"],
        [(2, ["1", "净水器漏水", "商家拒绝退货，要求赔偿"], "")],
    )


@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_cells_may_be_divided_by_commas_tabs_or_semicolons(tmp_path, sign):
    text = f'编号{sign}标题\n1{sign}"a{sign}b"\n'

    assert read(written(tmp_path, text.encode()))[1] == [(2, ["1", f"a{sign}b"], "")]


@pytest.mark.parametrize("cell", [";;;;", "\t\t\t", '"a;b;c;d"'])
def test_what_stands_in_the_cells_does_not_decide_how_they_are_divided(tmp_path, cell):
    rows = read(written(tmp_path, f"{HEADINGS}1,,{cell}\r\n".encode()))[1]

    assert rows == [(2, ["1", "", cell.strip('"')], "")]


def test_blank_rows_and_a_title_above_are_passed_over_and_counted_as_a_spreadsheet_does(tmp_path):
    text = "十月投诉登记表,,\r\n\r\n" + HEADINGS + '1,a,"two\nlines"\r\n,,\r\n\r\n2,b,c\r\n'

    headings, rows = read(written(tmp_path, text.encode()))

    assert headings == ["编号", "标题", "内容"]
    assert rows == [(4, ["1", "a", "two\nlines"], ""), (7, ["2", "b", "c"], "")]


TOO_MANY = (
    "holds a cell too many: put the text that was divided into one cell, delete what is left over,"
    " or give the column a heading."
)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("1,a,b,c", f"Column D {TOO_MANY}"),
        ("1,a,b,,c,d", f"Column E {TOO_MANY}"),
        ("1,a", "This row has 2 cells, the headings are 3."),
        ("1,a,b,,", ""),  # empty cells beyond the headings say nothing
    ],
)
def test_a_row_with_too_many_or_too_few_cells_is_at_fault_alone(tmp_path, line, fault):
    rows = read(written(tmp_path, f"{HEADINGS}{line}\r\n2,x,y\r\n".encode()))[1]

    assert rows[0][2] == fault
    assert rows[1] == (3, ["2", "x", "y"], "")


@pytest.mark.parametrize(
    ("encoding", "broken"), [("utf-8", b"\xff"), ("gb18030", b"\xff"), ("utf-16-le", b"\x00\xdc")]
)
def test_a_broken_character_costs_its_row_and_not_the_file(tmp_path, encoding, broken):
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    before, after = (
        text.encode(encoding)
        for text in (f"{mark}{HEADINGS}1,漏水,x\r\n2,好", ",y\r\n3,退货,z\r\n")
    )

    rows = read(written(tmp_path, before + broken + after))[1]

    assert [fault for _no, _cells, fault in rows] == [
        "", "A character of this row is damaged; write it again.", "",
    ]  # fmt: skip


def test_a_file_cut_off_within_a_character_costs_its_last_row(tmp_path):
    text = f"{HEADINGS}1,漏水,x\r\n2,退货,y".encode("utf-16")

    rows = read(written(tmp_path, text[:-1]))[1]

    assert [bool(fault) for _no, _cells, fault in rows] == [False, True]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "t.csv is empty."),
        (b"\r\n \r\n", "t.csv is empty."),
        (b'a,b\n1,"open\n2,c\n', "t.csv, row 2: a quotation mark is opened and never closed."),
        (b"PK\x03\x04 no zip", "t.csv cannot be read as XLSX; save it again."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR,a\n", "t.csv is no CSV or XLSX file."),
        (b"a,\xff\n1,2\n", "t.csv, row 1: a character of the headings is damaged; write it again."),
        (b"\xd0\xcf\x11\xe0....", "t.csv is an old XLS: save it as XLSX."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_gets_a_sentence(tmp_path, data, sentence):
    with pytest.raises(Unreadable, match=sentence.replace(".", r"\.")):
        read(written(tmp_path, data, "t.csv"))


SHEET, STYLES, BOOK = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"


def spreadsheet() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["编号", "标题", "时间"])
    for number in range(3):
        book.active.append([number, "净水器漏水", MORNING])
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (BOOK, b"<sheets", b""),  # breaks off
        (BOOK, b"<sheets>", b"<x>"),  # opened so, closed otherwise
        (STYLES, b"<cellXfs", b""),
        ("[Content_Types].xml", b"spreadsheetml.sheet.main", b"nothing"),  # no workbook in it
        ("xl/_rels/workbook.xml.rels", b"/xl/worksheets/sheet1.xml", b"/xl/nowhere.xml"),
        (SHEET, b"<sheetData", b""),
        (SHEET, b'<row r="3"', b""),  # rows before the damage are whole
        (SHEET, b"<c r=\"A2\" t=\"n\"><v>0</v>", b"<c r=\"A2\" t=\"s\"><v>99</v>"),  # a text that is not there
        (SHEET, b"<v>0</v>", b"<v>x</v>"),
        (SHEET, b'r="A1"', b'r="?"'),
    ],
)  # fmt: skip
def test_a_damaged_xlsx_gets_one_sentence_wherever_it_breaks(tmp_path, part, old, new):
    path = written(tmp_path, damaged(spreadsheet(), part, old, new), "t.xlsx")

    with pytest.raises(Unreadable, match=r"^t\.xlsx cannot be read as XLSX; save it again\.$"):
        read(path)


def test_an_xlsx_whose_bytes_rotted_gets_the_same_sentence(tmp_path):
    whole = spreadsheet()
    for at in range(60, len(whole), 131):
        rotten = whole[:at] + bytes([whole[at] ^ 0x55]) * 9 + whole[at + 9 :]
        try:
            read(written(tmp_path, rotten, "t.xlsx"))
        except Unreadable as error:
            assert str(error) in {  # noqa: PT017 – what does no harm is read
                "t.xlsx cannot be read as XLSX; save it again.", "t.xlsx is empty.",
            }  # fmt: skip


def test_an_xlsx_packed_as_no_office_packs_gets_the_same_sentence(tmp_path):
    body = packed_otherwise(spreadsheet())
    at = body.index(b"[Content_Types].xml") + 40
    body = body[:at] + bytes([body[at] ^ 0xFF]) * 9 + body[at + 9 :]

    with pytest.raises(Unreadable, match=r"^t\.xlsx cannot be read as XLSX; save it again\.$"):
        read(written(tmp_path, body, "t.xlsx"))


def test_what_is_done_with_a_row_is_not_the_file_s_fault(tmp_path):
    path = written(tmp_path, spreadsheet(), "t.xlsx")

    with pytest.raises(KeyError), open_table(path) as table:
        for _row in table.rows:
            raise KeyError


def test_a_missing_file_gets_a_sentence(tmp_path):
    with pytest.raises(Unreadable, match="nowhere.csv is not there."):
        read(tmp_path / "nowhere.csv")


def test_an_xlsx_gives_texts_and_a_long_number_keeps_its_digits(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["编号", "标题", "内容", "时间", "金额", "日期"])
    book.active.append([LONG, 13800138000, True, MORNING, 0.1 + 0.2, MIDNIGHT])
    book.active.append([None, "=不是公式", "x", None, 1280.0, None])
    book.active["B3"].data_type = "s"
    book.create_sheet("说明").append(["a"])
    book.save(tmp_path / "t.xlsx")

    rows = read(tmp_path / "t.xlsx")[1]

    assert rows[0][1] == [LONG, "13800138000", "TRUE", "2026-01-05 09:03:00", "0.3", "2026-01-05"]
    assert rows[1][1] == ["", "=不是公式", "x", "", "1280", ""]


def test_sheets_that_are_not_read_are_named(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["编号", "标题"])
    for name in ("二月", "空"):
        book.create_sheet(name)
    book["二月"].append(["编号"])
    book["二月"].append(["1"])
    book.save(tmp_path / "t.xlsx")

    with open_table(tmp_path / "t.xlsx") as table:
        assert table.unread_sheets == ["二月"]


def test_a_column_without_a_heading_at_the_end_is_known_by_its_place(tmp_path):
    book = openpyxl.Workbook()
    for row in (["编号", "标题"], ["1", "a", None, "急"], ["2", "b", None, " "], ["3", "c", "=急"]):
        book.active.append(row)
    book.active["C4"].data_type = "s"
    book.save(tmp_path / "t.xlsx")
    again = tmp_path / "rejects.xlsx"

    with open_table(tmp_path / "t.xlsx") as table, rejects_file(again, table) as reject:
        for row in table.rows:
            assert not row.fault
            reject(row, "wrong")

    assert table.untitled == {3, 4} and not table.is_torn
    with open_table(again) as table:
        rows = [(row.cells, row.fault, row.beyond) for row in table.rows]
    assert rows == [
        (["1", "a"], "", ["", "急"]), (["2", "b"], "", []), (["3", "c"], "", ["=急"]),
    ]  # fmt: skip
    assert table.untitled == {5, 6}, "right of the two columns of ours"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_torn_row_stays_one_until_it_is_mended(tmp_path, ending):
    """Its cells stand in the wrong columns, wherever it is read again."""
    path = written(tmp_path, f"{HEADINGS}1,漏水,退货,,赔偿\r\n2,x,y\r\n".encode())
    for step in ("one", "two", "three"):
        again = tmp_path / f"{step}.{ending}"
        with open_table(path) as table, rejects_file(again, table) as reject:
            for row in table.rows:
                reject(row, row.fault)
        path = again

    with open_table(path) as table:
        torn, whole = table.rows
    assert (torn.cells, torn.fault, torn.beyond) == (
        ["1", "漏水", "退货"], f"Column F {TOO_MANY}", ["赔偿"],
    )  # fmt: skip
    assert (whole.cells, whole.fault) == (["2", "x", "y"], "") and not any(whole.beyond)


CELL = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@'\t\n"), max_size=8
)


@settings(deadline=None)
@given(CELL)
def test_an_escaped_cell_is_no_formula_and_comes_back_as_it_was(cell):
    assert not escape(cell).startswith(("=", "+", "-", "@", "\t"))
    assert unescape(escape(cell)) == cell


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@settings(deadline=None)
@given(rows=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=4))
def test_a_rejects_file_read_again_gives_the_rows_that_were_rejected(
    tmp_path_factory, ending, rows
):
    path = tmp_path_factory.mktemp("t") / f"rejects.{ending}"
    source = path.with_name("source.csv")
    with source.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["编号", "标题", "内容"], *rows])

    with open_table(source) as table, rejects_file(path, table) as reject:
        came = list(table.rows)
        for row in came:
            reject(row, "wrong")

    headings, again = read(path)
    assert headings == ["编号", "标题", "内容"], "the two columns of ours are left out"
    expected = [[cell.replace("\r\n", "\n") for cell in row.cells] for row in came]
    assert [cells for _no, cells, _fault in again] == expected


def test_no_spreadsheet_runs_what_stands_in_a_rejects_file(tmp_path):
    source = written(tmp_path, HEADINGS.encode() + b'=cmd(),+1,"@x"\r\n-5,a,b\r\n')
    path = tmp_path / "rejects.csv"

    with open_table(source) as table, rejects_file(path, table) as reject:
        for row in table.rows:
            reject(row, "=wrong")

    assert path.read_bytes().decode("utf-8-sig").splitlines() == [
        "编号,标题,内容,Row,What is wrong",
        "'=cmd(),'+1,'@x,2,'=wrong",
        "'-5,a,b,3,'=wrong",
    ]
    assert path.stat().st_mode & 0o077 == 0, "personal data is its owner's alone"


def test_a_rejects_file_may_replace_the_file_it_was_made_from(tmp_path):
    path = written(tmp_path, HEADINGS.encode() + b"1,a,b\r\n2,c,d\r\n")

    with open_table(path) as table, rejects_file(path, table) as reject:
        reject(next(table.rows), "wrong")

    assert [cells for _no, cells, _fault in read(path)[1]] == [["1", "a", "b"]]


def test_a_rejects_file_that_cannot_be_written_is_refused_before_anything_is_done(tmp_path):
    with pytest.raises(Unreadable), rejects_file(tmp_path / "no" / "folder.csv", None):
        pytest.fail("nothing may be done")
