from __future__ import annotations

from rich.cells import cell_len

from hma_console.plain.lines import LONGEST_SENTENCE, WIDTH, spoken, told, wrapped


def test_lines_break_between_words_and_only_a_word_longer_than_a_line_is_cut() -> None:
    words = ["picture"] * 30
    lines = wrapped(" ".join([*words, "x" * 200, "end"]))
    assert max(map(len, lines)) <= WIDTH
    assert lines[0] == " ".join(["picture"] * 10)
    assert "".join(lines).count("x") == 200


def test_wide_letters_count_as_the_cells_they_take() -> None:
    assert all(cell_len(line) <= WIDTH for line in wrapped("画像 " * 60 + "画" * 90))


def test_symbols_become_words() -> None:
    assert spoken("did:plc:abcd…wxyz · JPEG 16×12") == "did:plc:abcd...wxyz, JPEG 16 by 12"
    assert spoken("████░░ 56 %") == "56 %"


def test_what_strangers_wrote_cannot_act() -> None:
    assert spoken("a\x1b[2J\u202eb\nc") == "a\\u001b[2J\\u202eb\\u000ac"


def test_a_long_sentence_becomes_several_that_begin_with_the_subject() -> None:
    parts = [f"{number} pictures seen" for number in range(8)]
    sentences = told("Uploads", parts).split(". ")
    assert len(sentences) == 2
    assert all(each.startswith("Uploads: ") for each in sentences)
    assert all(len(each.split()) <= LONGEST_SENTENCE for each in sentences)
