// A real AT Protocol PDS and a real PLC directory on 127.0.0.1, for the tests.
//
//   node network.mjs [--pds PACKAGE] [--port N] [--public-port N] [--data-dir DIR] [--admin-password PW]
//                    [--blob-limit BYTES] [--backfill-ms MS] [--max-buffer N] [--mod-endpoint URL]
//
// --pds: which of the installed packages is the PDS. --public-port: where a proxy stands in front of it.
// --mod-endpoint makes a did:plc for a moderation service at URL (http://localhost:PORT) and names it to the
// PDS as its mod and report service.
//
// Prints one line of JSON when ready. Takes commands on standard input, one a line, and answers each by a
// line: stop-pds, start-pds, drain, rss. Ends when standard input does, or on SIGTERM.
//
//   node network.mjs --many
//
// Makes any number of them in one process, which loads the packages once. Each line is JSON:
// {"id", "start": [arguments]}, {"id", "of", "do": command} or {"id", "of", "do": "close"}, and is answered
// by one with the same id; `of` is the id that started it.
import { createECDH, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const HOST = '127.0.0.1'
const OPTIONS = {
  'pds': { type: 'string', default: '@atproto/pds' },
  'port': { type: 'string' },
  'public-port': { type: 'string' },
  'data-dir': { type: 'string' },
  'admin-password': { type: 'string', default: 'admin-pass' },
  'blob-limit': { type: 'string', default: String(1024 * 1024) },
  'backfill-ms': { type: 'string', default: String(24 * 3600 * 1000) },
  'max-buffer': { type: 'string', default: '500' },
  'mod-endpoint': { type: 'string' },
}

const named = (module, name) => (module.default?.[name] ? module.default : module)

// Both servers would listen on every interface. Their own `listen` is called through to: xrpc-server has
// wrapped it to hook the upgrade to a websocket, without which there is no firehose.
const onLoopback = (app) => {
  const listen = app.listen.bind(app)
  app.listen = (port, ...rest) => listen(port, HOST, ...rest)
}

const freePort = () =>
  new Promise((done, fail) => {
    const probe = createServer().once('error', fail)
    probe.listen(0, HOST, () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })

const privateKey = () => {
  const curve = createECDH('secp256k1')
  curve.generateKeys()
  return curve.getPrivateKey('hex').padStart(64, '0')
}

// A did:plc that is a service and no account; one key rotates it and signs its tokens.
const makeService = async (plcUrl, endpoint) => {
  const [plcLibrary, { Secp256k1Keypair }] = await Promise.all([import('@did-plc/lib'), import('@atproto/crypto')])
  const library = named(plcLibrary, 'signOperation')
  const keyHex = privateKey()
  const key = await Secp256k1Keypair.import(keyHex)
  const operation = await library.signOperation(
    {
      type: 'plc_operation',
      alsoKnownAs: [],
      rotationKeys: [key.did()],
      verificationMethods: { atproto: key.did(), atproto_label: key.did() },
      services: { atproto_labeler: { type: 'AtprotoLabeler', endpoint } },
      prev: null,
    },
    key,
  )
  const did = await library.didForCreateOp(operation)
  await new library.Client(plcUrl).sendOperation(did, operation)
  return { did, keyHex, endpoint }
}
// A network by itself: what to tell of it, the commands that it takes, and how it ends.
const startNetwork = async (args) => {
  const { values: arg } = parseArgs({ args, options: OPTIONS })
  const [pdsPackage, plcPackage] = await Promise.all([import(arg['pds']), import('@did-plc/server')])
  const manifest = join(import.meta.dirname, 'node_modules', arg['pds'], 'package.json')
  const { version } = JSON.parse(await readFile(manifest, 'utf8'))
  const { PDS, envToCfg, envToSecrets } = named(pdsPackage, 'envToCfg')
  const { PlcServer, Database: PlcDatabase } = named(plcPackage, 'PlcServer')

  const plcPort = await freePort()
  const pdsPort = Number(arg['port'] ?? (await freePort()))
  const dataDir = arg['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'hma-pds-')))
  await mkdir(join(dataDir, 'blobs'), { recursive: true })

  const plc = PlcServer.create({ db: PlcDatabase.mock(), port: plcPort })
  onLoopback(plc.app)
  await plc.start()
  // By name: the PDS refuses to resolve DIDs at a host that is an address.
  const plcUrl = `http://localhost:${plcPort}`

  const mod = arg['mod-endpoint'] && (await makeService(plcUrl, arg['mod-endpoint']))

  const env = {
    devMode: true, // plain http, no guard against private addresses
    port: pdsPort,
    hostname: 'localhost', // with any other the PDS calls itself https://
    serviceHandleDomains: ['.test'],
    dataDirectory: dataDir,
    blobstoreDiskLocation: join(dataDir, 'blobs'),
    blobUploadLimit: Number(arg['blob-limit']),
    didPlcUrl: plcUrl,
    plcRotationKeyK256PrivateKeyHex: privateKey(),
    jwtSecret: randomBytes(16).toString('hex'),
    dpopSecret: randomBytes(32).toString('hex'),
    adminPassword: arg['admin-password'],
    inviteRequired: false,
    disableSsrfProtection: true,
    crawlers: [],
    rateLimitsEnabled: false,
    repoBackfillLimitMs: Number(arg['backfill-ms']),
    maxSubscriptionBuffer: Number(arg['max-buffer']),
    ...(mod && {
      modServiceUrl: mod.endpoint,
      modServiceDid: mod.did,
      reportServiceUrl: mod.endpoint,
      reportServiceDid: mod.did,
    }),
  }

  let pds
  const startPds = async () => {
    const config = envToCfg(env)
    // DID documents, the OAuth issuer and DPoP's htu come from this, never from the Host header.
    if (arg['public-port']) config.service.publicUrl = config.oauth.issuer = `http://localhost:${arg['public-port']}`
    pds = await PDS.create(config, envToSecrets(env))
    onLoopback(pds.app)
    await pds.start()
  }
  const stopPds = async () => {
    const old = pds
    pds = undefined
    await old?.destroy()
  }
  await startPds()

  return {
    told: {
      url: `http://${HOST}:${pdsPort}`,
      did: pds.ctx.cfg.service.did,
      version,
      plc: plcUrl,
      adminPassword: env.adminPassword,
      mod,
      dataDir,
    },
    commands: {
      'stop-pds': stopPds,
      'start-pds': startPds,
      'drain': () => pds?.ctx.backgroundQueue.processAll(),
      'rss': () => ({ rss: process.memoryUsage().rss }),
    },
    close: async () => {
      await stopPds()
      await plc.destroy()
      if (!arg['data-dir']) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const say = (value) => process.stdout.write(JSON.stringify(value) + '\n')
const run = async (network, name) => {
  if (!network.commands[name]) throw new Error(`there is no command ${name}`)
  return { ok: name, ...(await network.commands[name]()) }
}
const running = new Map()

let closing
const close = () =>
  (closing ??= (async () => {
    setTimeout(() => process.exit(1), 8000).unref()
    await Promise.all([...running.values()].map((network) => network.close()))
    process.exit(0)
  })())
process.on('SIGTERM', close)
process.on('SIGINT', close)

const many = async ({ id, start, of, do: name }) => {
  if (start) {
    running.set(id, await startNetwork(start))
    return running.get(id).told
  }
  const network = running.get(of)
  if (name !== 'close') return await run(network, name)
  running.delete(of)
  await network.close()
  return { ok: name }
}

const lines = createInterface({ input: process.stdin })
lines.on('close', close)
if (process.argv.includes('--many')) {
  lines.on('line', async (line) => {
    const asked = JSON.parse(line)
    try {
      say({ id: asked.id, ...(await many(asked)) })
    } catch (error) {
      say({ id: asked.id, error: String(error?.message ?? error) })
    }
  })
} else {
  const network = await startNetwork(process.argv.slice(2))
  running.set('alone', network)
  lines.on('line', async (line) => {
    try {
      say(await run(network, line))
    } catch (error) {
      say({ error: String(error?.message ?? error) })
    }
  })
  say(network.told)
}
