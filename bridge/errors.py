"""Every error the bridge raises on purpose, in one tree.

BridgeError
├── SettingsError              a setting is wrong
├── InputError                 what the caller sent is wrong
│   ├── BadSignal              not a hash of that type
│   ├── BadThreshold           neither a similarity nor a distance we match by
│   ├── BadBank                a bank may not be made so
│   ├── BadPolicy              a policy says what none may say; the one in force stays
│   ├── TooLarge               more bytes than are taken here
│   └── AddressRefused         an address that must not be fetched
├── NotFound                   no such bank, case, upload, key
├── Conflict                   it exists already, or is in use
│   └── CaseDecided            somebody decided it meanwhile
├── AccessError                the caller may not do this
│   ├── Unauthorized           no key, or a wrong one
│   └── Forbidden              a key without this scope, or not over TCP at all
├── NotChecked                 an upload could not be compared; carries the reason
├── NotHereYet                 what a later version will do
├── NotAvailable               something has to be set, or has to end, before it can be had
├── Unhashable                 bytes that cannot be decoded; carries the reason
├── StoreError                 the store could not do it
│   ├── UnrecordedChange       a change without its event: a fault of ours, refused
│   ├── DataDirectoryBusy      another bridge works on this data directory
│   ├── SchemaTooNew           written by a later version
│   └── LogDistrusted          the compliance log was changed or rolled back: nothing is written meanwhile
├── LogError                   something that should be part of a compliance log is not
├── KeysError                  the log's keys, or a secret, cannot be made or used
│   ├── KeysMissing            none were made yet
│   ├── KeysLocked             the passphrase was not given yet
│   ├── WrongPassphrase        it does not open them
│   └── UnsafeKeyFile          somebody else could read or replace it
├── VaultError                 evidence cannot be kept or read
├── ExportError                a bundle cannot be written
├── OnHold                     a legal hold keeps it until its date
├── RevealRefused              a picture is not shown, and why
│   ├── NeverShown             one of a child-safety case
│   ├── WordNeeded             the same, where the word was not typed
│   ├── PauseOffered           some were seen: a pause first, unless it is declined
│   ├── PauseNeeded            the day's number was seen: a pause first
│   ├── NoCopyKept             neither the vault nor the PDS has it
│   └── NotShownHere           a video, or what cannot be decoded
├── StampRefused               a time-stamping service gave no stamp of what it was asked to stamp
├── PdsRefused                 the PDS said no, and said why
│   ├── BlobMissing            it does not give this blob: not there yet, gone, or taken down
│   └── AdminRefused           it does not take us for its admin, or for its mod service
├── HmaError                   an HMA gave no answer of use; `bridge/matching/hma_errors.py` has the kinds
└── Unreachable                something outside does not answer

Each is raised where the fact is known and turned into an answer in one place at each
edge: `bridge/api/errors.py` for HTTP, `hma_console/cli.py` for commands, the screens'
notice line for the console.
"""

from __future__ import annotations


class BridgeError(Exception):
    """Says in one sentence what is wrong; `hint` says what the operator can do."""

    hint = ""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        if hint:
            self.hint = hint

    @property
    def code(self) -> str:
        """The name callers see in `{"error": …}`."""
        return type(self).__name__


class SettingsError(BridgeError):
    hint = "Correct the setting and start again."


class InputError(BridgeError):
    pass


class BadSignal(InputError):
    hint = "Give the hash as hexadecimal: 64 digits for pdq and sha256, 40 for sha1, 32 for md5."


class BadThreshold(InputError):
    hint = "Give a distance from 0 to 31, or in a match request a similarity from 0 to 1."


class BadBank(InputError):
    pass


class BadPolicy(InputError):
    pass


class TooLarge(InputError):
    pass


class AddressRefused(InputError):
    hint = "Only public http and https addresses are fetched, unless the host is allowed by name."


class NotFound(BridgeError):
    pass


class Conflict(BridgeError):
    pass


class CaseDecided(Conflict):
    pass


class AccessError(BridgeError):
    pass


class Unauthorized(AccessError):
    hint = "Send an API key as X-API-Key; `hma-console apikey create` makes one."


class Forbidden(AccessError):
    pass


class NotChecked(BridgeError):
    """An upload that could not be compared; never to be read as "no match".

    `retry_after` is in seconds, None where no later try can succeed; `upload_id` is empty where
    no upload was recorded.
    """

    def __init__(self, reason: str, message: str, retry_after: int | None = 30, upload_id: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after
        self.upload_id = upload_id


class NotHereYet(BridgeError):
    pass


class NotAvailable(BridgeError):
    pass


class Unhashable(BridgeError):
    """Bytes that no decoder of ours reads; `message` is the reason in words."""

    def __init__(self, message: str, upload_id: str = "") -> None:
        super().__init__(message)
        self.upload_id = upload_id


class StoreError(BridgeError):
    pass


class UnrecordedChange(StoreError):
    hint = "This is a fault of the program; please report it."


class DataDirectoryBusy(StoreError):
    hint = "Close the other one, or name another --data-dir."


class SchemaTooNew(StoreError):
    hint = "Use the version of hma-console that wrote it, or a later one."


class LogDistrusted(StoreError):
    hint = "`hma-console log verify` says more; `hma-console log accept` goes on from here, and logs that."


class LogError(BridgeError):
    pass


class KeysError(BridgeError):
    pass


class KeysMissing(KeysError):
    hint = "Make them with `hma-console key create`."


class KeysLocked(KeysError):
    hint = "Unlock them with `hma-console key unlock`, or give --passphrase-command."


class WrongPassphrase(KeysError):
    hint = "Try again; nothing was changed."


class UnsafeKeyFile(KeysError):
    pass


class VaultError(BridgeError):
    pass


class ExportError(BridgeError):
    pass


class StampRefused(BridgeError):
    hint = "See that `[log] timestamp_url` names an RFC 3161 service, and try again later."


class OnHold(BridgeError):
    pass


class RevealRefused(BridgeError):
    pass


class NeverShown(RevealRefused):
    hint = "Decide by the facts."


class WordNeeded(RevealRefused):
    hint = "Type the word `reveal`."


class PauseOffered(RevealRefused):
    hint = "The rest can wait: put it off, or go on."


class PauseNeeded(RevealRefused):
    hint = "The rest can wait: put it off."


class NoCopyKept(RevealRefused):
    hint = "Decide by the facts."


class NotShownHere(RevealRefused):
    hint = "Decide by the facts."


class PdsRefused(BridgeError):
    """`name` is the error's name in XRPC, such as InvalidRequest; `status` that of HTTP."""

    def __init__(self, message: str, name: str = "", status: int = 0, hint: str = "") -> None:
        super().__init__(message, hint)
        self.name = name
        self.status = status


class BlobMissing(PdsRefused):
    pass


class AdminRefused(PdsRefused):
    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, status=401, hint=hint)


class Unreachable(BridgeError):
    pass


class HmaError(BridgeError):
    pass
