"""The composition root: builds every part of the bridge, starts and stops them in order.

Doors first, so that a taken port is a plain error; then the store with its log; then what works on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from bridge import data_directory
from bridge.actions.asked import AskedActions
from bridge.actions.callbacks import Callbacks
from bridge.actions.feedback import FeedbackToOwner, public_client
from bridge.actions.outbox import Outbox
from bridge.actions.webhook import Webhook
from bridge.alarms.hours import Hours
from bridge.alarms.watch import AlarmWatch
from bridge.api.app import make_app
from bridge.api.facts import gather
from bridge.api.parts import Parts
from bridge.banks.banks import Banks
from bridge.banks.elsewhere import BanksElsewhere
from bridge.banks.exchanges.exchanges import Exchanges
from bridge.banks.from_hma import HmaBankRows
from bridge.banks.policies import Policies
from bridge.building import gate_mode_of, gate_of, guard_of, reports_of
from bridge.compliance.erasure import Erasures
from bridge.compliance.jobs import LogJobs
from bridge.compliance.key_changes import KeyChanges
from bridge.compliance.log import ComplianceLog
from bridge.compliance.outside import OutsideCopy
from bridge.compliance.stamps import Stamps
from bridge.compliance.watch import LogWatch
from bridge.deciding.appeals import Appeals
from bridge.deciding.decisions import Decisions
from bridge.evidence import Evidence
from bridge.hashing import Hasher
from bridge.hma.desk import hma_desk
from bridge.jurisdiction import profile_of
from bridge.keys.keychain import Keychain
from bridge.keys.passphrases import PassphraseSources
from bridge.keys.secrets import SecretName
from bridge.live_settings import LiveSettings
from bridge.matching.building import matching
from bridge.memory import give_memory_back
from bridge.pause import Pause
from bridge.pipeline import Pipeline
from bridge.receivers import Receivers
from bridge.rechecks import Rechecks
from bridge.rematching.finding import Following
from bridge.rematching.rematcher import Rematcher
from bridge.retention import Retention
from bridge.reveals.reveals import Reveals
from bridge.reveals.sources import Sources
from bridge.self_test import SelfTest
from bridge.serving import bind, serving, url_of
from bridge.settings import Settings
from bridge.store.secrets import read_secret
from bridge.store.store import Store
from bridge.tasks import Tasks
from bridge.vault import Vault

if TYPE_CHECKING:  # who watches no PDS does not pay for it: a quarter of a second, and ten megabytes
    from bridge.atproto.guard import Guard


@dataclass(frozen=True, slots=True)
class Bridge:
    """A running bridge. `url` is where apps reach it, empty where it has no ports.

    `failed` is done when a part that should run for ever has ended; its exception says why.
    """

    parts: Parts
    app: Starlette
    url: str
    failed: asyncio.Future[None]


@asynccontextmanager
async def running_bridge(
    settings: Settings, sources: PassphraseSources | None = None, *, listens: bool = True
) -> AsyncIterator[Bridge]:
    """A bridge on this data directory, in this event loop, until the block is left.

    `sources` open the log's keys. Without `listens` it opens no ports and no socket: for one
    command. Raises DataDirectoryBusy where another works on the directory, SettingsError where an
    address cannot be used.
    """
    give_memory_back()
    data_directory.make(settings.data_dir)
    async with AsyncExitStack() as stack:
        stack.enter_context(data_directory.locked(settings.lock_path))
        sockets = [stack.enter_context(bound) for bound in bind(settings)] if listens else []
        if listens:
            stack.callback(settings.socket_path.unlink, missing_ok=True)
        keychain = Keychain(settings.keys_dir, sources or PassphraseSources())
        compliance = ComplianceLog(keychain, OutsideCopy(settings.head_copy_dir))
        stack.push_async_callback(asyncio.to_thread, compliance.outside.flush)
        store = await Store.open(settings.store_path, compliance)
        stack.push_async_callback(store.close)
        live = await LiveSettings.opened(store, settings)
        settings = live.now
        pause, keys = await Pause.opened(store), KeyChanges(store, compliance, keychain)
        hasher = Hasher(settings.limits)
        stack.callback(hasher.close)
        secret, reading = partial(_secret, store, keychain), partial(read_secret, store, keychain)
        if opens_first := bool(settings.matcher.hma_url):  # HMA's token is sealed to them
            await keys.open_at_start(may_create=listens)
        compared = matching(settings, store, HmaBankRows(store), BanksElsewhere(store), secret)
        matcher = await stack.enter_async_context(compared)
        profile = profile_of(settings.operator.country)
        vault = Vault(settings.vault_dir, lambda: keychain.seal_public)
        evidence = Evidence(store, vault, keychain, profile, settings.vault.max_bytes)
        receivers = Receivers.of(settings.webhooks, settings.operator.appeal)
        gate_mode = gate_mode_of(settings)
        pipeline = Pipeline(store, hasher, matcher, evidence, gate_mode, receivers)
        following = Following(evidence, gate_mode, receivers)
        banks = Banks(store)
        guard = guard_of(settings, store, pipeline)
        if guard:
            stack.push_async_callback(guard.close)
        outbox = _outbox(settings, guard, store, keychain, evidence)
        webhook = Webhook(store, receivers, secret(SecretName.WEBHOOK_SECRET))
        stack.push_async_callback(webhook.close)
        feedback = FeedbackToOwner(store, reading, partial(public_client, settings.fetch.allow))
        tellings = Outbox(store, {"webhook": webhook, "notify": webhook, "feedback": feedback})
        decisions = Decisions(store, settings.deciding, profile, receivers)
        by_hand, pds = (guard.by_hand, guard.pds) if guard else (None, None)
        gate = gate_of(settings, guard, store, pipeline, pause)
        if gate:
            stack.push_async_callback(gate.close)
        self_test = SelfTest(
            store, pipeline, pause, lambda: Hours.of(live.now.alarms).self_test_at, has_gate=gate is not None
        )
        await self_test.open()
        if gate:
            gate.self_test = self_test
        jobs, erasures = LogJobs(store, compliance, keychain), Erasures(store)
        stamps = Stamps(store, compliance, keychain, settings.log.timestamp_url)
        stack.push_async_callback(jobs.close)
        log_watch = LogWatch(store, compliance)
        exchanges = Exchanges.over(store, reading, settings.fetch.allow)
        stack.push_async_callback(exchanges.syncs.close)
        parts = Parts(
            settings,
            live,
            store,
            pipeline,
            matcher,
            banks,
            Policies(store),
            compliance,
            keychain,
            keys,
            jobs,
            stamps,
            erasures,
            evidence,
            decisions,
            Appeals(store),
            pause,
            Reveals(store, hasher, Sources(pipeline, evidence, keychain, pds), settings.pictures),
            guard,
            outbox,
            gate,
            reports_of(settings, guard, store),
            receivers,
            AskedActions(store, decisions, receivers, by_hand),
            Callbacks(store, decisions, by_hand, secret(SecretName.CALLBACK_SECRET)),
            tellings,
            log_watch,
            self_test,
            exchanges,
            await stack.enter_async_context(hma_desk(settings.matcher, store, secret(SecretName.HMA_TOKEN))),
        )
        live.follow(parts.follow)
        app = make_app(parts)
        tasks = Tasks()
        stack.push_async_callback(tasks.stop)
        tasks.over(store.owner)
        for name, work in matcher.owned():
            tasks.start(name, work)
        if listens:
            stack.push_async_callback(log_watch.stopped)
            if not opens_first:
                tasks.finish("keys", keys.open_at_start(may_create=True))
            tasks.start("log", log_watch.run())
            tasks.start("outside copy of the log", compliance.outside.keep())
            tasks.start("time stamps", stamps.run())
            tasks.start("erasures", erasures.run())
            tasks.start("webhooks", tellings.run())
            refetch = guard.blobs.refetch if guard else None
            tasks.start("rechecks", Rechecks(store, matcher, pipeline, pause, refetch).run())
            if guard and outbox:
                tasks.start("outbox", outbox.run())
                tasks.start("firehose", guard.firehose.run())
                tasks.start("blobs", guard.blobs.run())
                tasks.start("listing", guard.listing.run())
                tasks.start("health of the PDS", guard.health.run())
                for labeler in guard.labelers:
                    tasks.start(f"labels of {labeler.url}", labeler.run())
            tasks.start("new entries", Rematcher(store, pipeline, pause, following).run())
            self_test.url = settings.gate.public_url if gate else ""
            self_test.url = self_test.url or url_of(settings, sockets)
            tasks.start("self-test", self_test.run())
            tasks.start("purge", banks.purge())
            watch = AlarmWatch(
                store, partial(gather, parts), receivers, Hours.of(settings.alarms), webhook.tell_now
            )
            live.follow(watch.follow)
            tasks.start("alarms", watch.run())
            tasks.start("lists", exchanges.syncs.run())
            tasks.start("reveals", parts.reveals.run())
            tasks.start("retention", Retention(store, evidence).run())
            await stack.enter_async_context(serving(app, sockets, tasks))
        else:
            stack.push_async_callback(_sign_what_a_command_wrote, compliance, keys)
        stack.push_async_callback(store.let_go_of_readers)
        yield Bridge(parts, app, url_of(settings, sockets), tasks.failed)


async def _sign_what_a_command_wrote(compliance: ComplianceLog, keys: KeyChanges) -> None:
    """Opening a key takes most of a second: only where there is something to sign."""
    if compliance.state.signed < compliance.state.size:
        await keys.open_at_start(may_create=False)


def _secret(store: Store, keychain: Keychain, name: SecretName) -> Callable[[], Awaitable[str]]:
    return lambda: read_secret(store, keychain, name)


def _outbox(
    settings: Settings, guard: Guard | None, store: Store, keychain: Keychain, evidence: Evidence
) -> Outbox | None:
    """None where there is no PDS to act on: what is planned waits."""
    if guard is None:
        return None
    from bridge.actions.preserve import Preservation
    from bridge.actions.takedown import Takedown
    from bridge.atproto.admin import PdsAdmin
    from bridge.atproto.credentials import AdminPassword, Credentials, ModService

    credentials: Credentials = AdminPassword(_secret(store, keychain, SecretName.PDS_ADMIN_PASSWORD))
    if mod_did := settings.pds.mod_did:
        credentials = ModService(guard.pds, mod_did, _secret(store, keychain, SecretName.MOD_SERVICE_KEY))
    admin = PdsAdmin(guard.pds, credentials)
    takedown, restore = Takedown(admin, applies=True), Takedown(admin, applies=False)
    effects = {"takedown": takedown, "hold": takedown, "restore": restore}
    return Outbox(store, {"preserve": Preservation(store, evidence, guard.pds, admin), **effects})
