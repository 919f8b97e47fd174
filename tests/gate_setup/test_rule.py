"""Where the rule goes in Caddyfiles as they are found, and that it comes out again without a trace."""

from __future__ import annotations

import re

import pytest

from hma_console.gate_setup.caddyfile import NotRecognised, tree
from hma_console.gate_setup.rule import BEGIN, END, WhenDead, deploy_folder, inserted, removed
from hma_console.gate_setup.sites import Address, address, pds_sites

PDS = "http://127.0.0.1:3000"
INSTALLERS = """{
\temail someone@example.com
\ton_demand_tls {
\t\task http://localhost:3000/tls-check
\t}
}

*.pds.example.com, pds.example.com {
\ttls {
\t\ton_demand
\t}
\treverse_proxy http://localhost:3000
}
"""

RECOGNISED = {
    "the installer's": INSTALLERS,
    "Windows line ends": INSTALLERS.replace("\n", "\r\n"),
    "no newline at the end": INSTALLERS.rstrip("\n"),
    "another site, and one on two lines": """
a.example {
  reverse_proxy :8080
}
b.example,
c.example {
  reverse_proxy {
    to localhost:3000
  }
}""",
    "a handle for the rest": """p.example {
	handle /xrpc/* {
		reverse_proxy [::1]:3000
	}
	handle {
		respond hi
	}
}
""",
    "braces that are none": """p.example {
	respond /a "}
{" # }
	respond /b `{`
	reverse_proxy {$X} 127.0.0.1:3000
}
""",
    "a heredoc": "p.example {\n\trespond /a <<END\n\t}\n\tEND 200\n\treverse_proxy :3000\n}\n",
    "a joined line": "p.example {\n\treverse_proxy \\\n\t\t:3000 {\n\t\theader_up X 1\n\t}\n}\n",
}
NOT_RECOGNISED = {
    "no site of the PDS": ("p.example {\n\treverse_proxy :3002\n}\n", "No site"),
    "another machine's": ("p.example {\n\treverse_proxy pds.internal:3000\n}\n", "No site"),
    "only in the options": ("{\n\tservers {\n\t\treverse_proxy :3000\n\t}\n}\n", "No site"),
    "in a snippet": ("(pds) {\n\treverse_proxy :3000\n}\np.example {\n\timport pds\n}\n", "No site"),
    "without braces": ("p.example\nreverse_proxy :3000\n", "No site"),
    "for one host of several": (
        "*.example.com {\n\t@p host p.example.com\n\thandle @p {\n\t\treverse_proxy :3000\n\t}\n}\n",
        "stands in `handle @p` on line 3",
    ),
    "behind a path that is cut off": (
        "p.example {\n\thandle_path /pds/* {\n\t\treverse_proxy :3000\n\t}\n}\n",
        "stands in `handle_path /pds/*` on line 2",
    ),
    "a brace too few": ("p.example {\n\treverse_proxy :3000\n", "line 1 opens is never closed"),
    "a brace too many": ("p.example {\n\treverse_proxy :3000\n}\n}\n", "Line 4 has a brace"),
    "an open quotation": ('p.example {\n\trespond "\n}\n', "never closed"),
    "half a rule of ours": (f"p.example {{\n\t{BEGIN}\n\treverse_proxy :3000\n}}\n", "incomplete"),
    "the end of a rule alone": (f"p.example {{\n\t{END}\n\treverse_proxy :3000\n}}\n", "incomplete"),
}


@pytest.mark.parametrize("text", RECOGNISED.values(), ids=RECOGNISED)
@pytest.mark.parametrize("when_dead", WhenDead)
def test_the_rule_stands_first_in_the_site_and_comes_out_without_a_trace(
    text: str, when_dead: WhenDead
) -> None:
    changed = inserted(text, when_dead, "127.0.0.1:3001", PDS)
    assert changed.count(BEGIN) == changed.count(END) == 1
    assert removed(changed) == text
    assert inserted(changed, when_dead, "127.0.0.1:3001", PDS) == changed
    [site] = pds_sites(tree(text), PDS)
    assert changed.split("\n")[site.line + 1].strip() == BEGIN
    tree(changed)


@pytest.mark.parametrize(("text", "why"), NOT_RECOGNISED.values(), ids=NOT_RECOGNISED)
def test_nothing_is_changed_in_what_is_not_understood(text: str, why: str) -> None:
    with pytest.raises(NotRecognised, match=re.escape(why)):
        inserted(text, WhenDead.PASS, "127.0.0.1:3001", PDS)


def test_another_choice_replaces_the_rule() -> None:
    passing = inserted(INSTALLERS, WhenDead.PASS, "127.0.0.1:3001", PDS)
    refusing = inserted(passing, WhenDead.REFUSE, "[::1]:3000", PDS)
    assert "reverse_proxy [::1]:3000" in refusing
    assert "127.0.0.1:3001" not in refusing
    assert "_dead" not in refusing


def test_both_sites_of_a_pds_get_the_rule() -> None:
    text = "p.example {\n\treverse_proxy :3000\n}\n*.p.example {\n\treverse_proxy :3000\n}\n"
    changed = inserted(text, WhenDead.REFUSE, "127.0.0.1:3001", PDS)
    assert changed.count(BEGIN) == 2
    assert removed(changed) == text


def test_while_the_gate_is_dead_uploads_go_where_the_site_s_own_requests_go() -> None:
    changed = inserted(INSTALLERS, WhenDead.PASS, "127.0.0.1:3002", PDS)
    assert changed.count("reverse_proxy http://localhost:3000") == 2
    assert '"dial tcp 127.0.0.1:3002: connect: connection refused"' in changed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pds.example.com", Address("", "pds.example.com", 443)),
        ("http://pds.example.com", Address("http", "pds.example.com", 80)),
        ("pds.example.com:80", Address("http", "pds.example.com", 80)),
        ("https://pds.example.com:8443/path", Address("https", "pds.example.com", 8443)),
        (":8080", Address("", "localhost", 8080)),
        ("*.pds.example.com", None),
        ("{$PDS_HOSTNAME}", None),
    ],
)
def test_where_a_site_is_reached(text: str, expected: Address | None) -> None:
    assert address(text) == expected


def test_the_documents_show_the_rules_that_ship() -> None:
    text = (deploy_folder().parents[1] / "docs/pds.md").read_text()
    for name in ("Caddyfile.pass", "Caddyfile.refuse", "nginx-upstream.conf", "nginx-gate.conf"):
        assert (deploy_folder() / name).read_text() in text, name
