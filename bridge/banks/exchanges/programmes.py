"""Whose lists there are, who is given them, and what to send for it: for those who have none yet.

What is said here was found in the programmes' own words and in those of people who asked; no
programme promises a time.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.catalogue import ListKind
from bridge.keys.secrets import SecretName


@dataclass(frozen=True, slots=True)
class Programme:
    """`kind` is how its list is read here, None where it gives none or this version reads none."""

    name: str
    title: str
    holds: str
    who: str
    send: str
    takes: str
    kind: ListKind | None = None
    secret: SecretName | None = None


PROGRAMMES = (
    Programme(
        "ncmec",
        "NCMEC hash sharing (US)",
        "child safety; exploitative pictures as a list of its own: MD5, SHA-1, PDQ",
        "providers registered with NCMEC to report; none is too small by its rules",
        "register at NCMEC, then sign its hash-sharing agreement; name the address you ask from",
        "no time is promised; an agreement is signed",
        ListKind.NCMEC,
        SecretName.NCMEC,
    ),
    Programme(
        "stopncii",
        "StopNCII",
        "intimate pictures shared against people's will: PDQ, not reviewed by anybody",
        "platforms that become its partners",
        "apply as an industry partner; you are given a function key and a subscription key",
        "no time is promised",
        ListKind.STOPNCII,
        SecretName.STOPNCII,
    ),
    Programme(
        "threatexchange",
        "Meta ThreatExchange",
        "what the members of a privacy group share: PDQ, MD5",
        "organisations with an app of Meta's, accepted for ThreatExchange, in a privacy group",
        "apply with your app; ask the group's owner to add it",
        "no time is promised; Meta checks the business",
        ListKind.THREATEXCHANGE,
        SecretName.THREATEXCHANGE,
    ),
    Programme(
        "arachnid",
        "Arachnid Shield (C3P, Canada)",
        "child safety; asked picture by picture by its PDQ hash, the list itself is not given",
        "providers of any size, free, after vetting; no registration with NCMEC needed",
        "apply at the Canadian Centre for Child Protection",
        "no time is promised; people answer",
        None,
        SecretName.ARACHNID,
    ),
    Programme(
        "gifct",
        "GIFCT hash-sharing database",
        "terrorism",
        "members of GIFCT",
        "apply for membership",
        "no time is promised; applications are reviewed",
    ),
    Programme(
        "tat",
        "Tech Against Terrorism (TCAP)",
        "terrorism: MD5 and others",
        "platforms that register with its analytics platform",
        "register; you are given a user name and a password",
        "no time is promised",
    ),
    Programme(
        "photodna",
        "Microsoft PhotoDNA Cloud",
        "child safety; asked picture by picture, by a hash of its own software",
        "qualified organisations, free, after vetting",
        "apply to Microsoft; the hashing software is given on request",
        "no time is promised",
    ),
    Programme(
        "watched",
        "a file or an https address of yours",
        "whatever somebody shares with you: text, CSV, JSON, HMA's contents",
        "everyone",
        "nothing",
        "at once",
        ListKind.WATCHED,
    ),
)
