/** Builds everything in dependency order; the only place that knows all modules. */
import { createChain, type FarChain } from "@farlabs/chain";
import { privateKeyToAccount } from "viem/accounts";
import { createRevenue } from "#analytics";
import { capacityConfig, createCapacity } from "#capacity";
import { createEarnings } from "#earnings";
import { createGateway, gatewayConfig } from "#gateway";
import { authArea, createIdentity, identityConfig, jwksArea, userArea } from "#identity";
import {
  createInference,
  generateArea,
  type ReceiptPart as InferenceReceipt,
  inferenceConfig,
  networkArea,
  networkStats,
  tasksArea,
  v1Area,
} from "#inference";
import { systemClock } from "#kernel";
import { balanceArea, createLedger, creditsArea } from "#ledger";
import { createModels, modelsConfig, readFeed } from "#models";
import { createNodelink, nodelinkConfig } from "#nodelink";
import { createNodes, nodesArea } from "#nodes";
import { createLocalBus } from "#platform/bus";
import { readConfig } from "#platform/config";
import { createHttpHost, createIdempotencyStore, type RouteArea } from "#platform/http";
import { createLog, type Logger, logConfig } from "#platform/log";
import { createProcessMetrics } from "#platform/metrics";
import { createOutbox } from "#platform/outbox";
import { connect, connectAsOwner, createGroupCommit, findMigrations, migrate } from "#platform/pg";
import type { Runner } from "#platform/runner";
import { createRealtime, realtimeConfig } from "#realtime";
import { createSettlement, type ReceiptPart, receiptsArea, settlementConfig } from "#settlement";
import { createStaking, stakingConfig } from "#staking";
import { createTrust, shippedCalibrations, slasherOf, trustConfig } from "#trust";
import { chainConfig, processConfig } from "./config.ts";
import { crashPointOf } from "./crash.ts";
import { connectEvents } from "./events.ts";
import { connectRealtime, type RealtimeBus } from "./live.ts";
import { registerMetrics } from "./metrics.ts";
import { servicesOf } from "./services.ts";
import { startUpkeep } from "./upkeep.ts";

const VERSION = "0.1.0";
const STOP_GRACE_MS = 10_000;

/** The name of a part that two modules write and read without knowing each other; no name at all while they disagree on its shape. */
type Agreed<A, B, Name> = [A, B] extends [B, A] ? Name : never;

/**
 * Migrates the database, builds the modules and starts what `SERVICE_NAME` names.
 * @throws ConfigError, or the first error of a part that could not start; what had started is registered with the runner
 */
export async function compose(env: Record<string, string | undefined>, begin: (log: Logger) => Runner): Promise<void> {
  const config = readConfig(
    {
      process: processConfig,
      chain: chainConfig,
      log: logConfig,
      gateway: gatewayConfig,
      identity: identityConfig,
      models: modelsConfig,
      inference: inferenceConfig,
      settlement: settlementConfig,
      staking: stakingConfig,
      capacity: capacityConfig,
      trust: trustConfig,
      nodelink: nodelinkConfig,
      realtime: realtimeConfig,
    },
    env,
  );
  const services = servicesOf(config.process.SERVICE_NAME);
  const log = createLog({ service: config.process.SERVICE_NAME, level: config.log.LOG_LEVEL });
  const runner = begin(log);
  const clock = systemClock;
  const metrics = createProcessMetrics({ service: config.process.SERVICE_NAME });

  // ── platform ───────────────────────────────────────────────────────────────────────────────────────────────────────
  const url = config.process.DATABASE_URL;
  const owner = connectAsOwner({ url, max: 1 });
  await migrate(owner, await findMigrations(import.meta.dirname));
  await owner.end();
  const sql = connect({ url });
  runner.onStop("database pool", () => sql.end({ timeout: 5 }));
  const commits = createGroupCommit(sql);
  runner.onStop("group commit", () => commits.close());
  const outbox = createOutbox({ sql, log });
  const bus = createLocalBus<RealtimeBus>({
    onError: (error: unknown) => log.error("a bus listener failed", { error }),
  });
  const onChain = {
    rpcUrl: config.chain.BSC_RPC_URL,
    chainId: config.chain.CHAIN_ID,
    contracts: {
      farToken: config.chain.FAR_TOKEN_ADDRESS,
      inferencePayment: config.chain.INFERENCE_PAYMENT_ADDRESS,
      priceFeed: config.chain.PRICE_FEED_ADDRESS,
      nodeRegistry: config.chain.NODE_REGISTRY_ADDRESS,
      staking: config.chain.STAKING_ADDRESS,
    },
  };
  const chain = createChain({ ...onChain, account: privateKeyToAccount(config.chain.ORACLE_PRIVATE_KEY) });
  // Sends what may wait: a transaction of it that is stuck must not stand before an epoch's.
  const slasher = createChain({ ...onChain, account: privateKeyToAccount(config.chain.SLASHER_PRIVATE_KEY) });

  // ── modules, each after those it knows ─────────────────────────────────────────────────────────────────────────────
  const ledger = createLedger({ sql, clock, publish: outbox.publish });
  const identity = await createIdentity({
    sql,
    config: config.identity,
    clock,
    async onKeyCreated(tx, { account, capMicroUsd, keyId }) {
      await ledger.transfer(tx, `cap:${keyId}`, [
        { id: `cap:${keyId}`, debit: "usd:source", credit: account, amount: capMicroUsd, kind: "cap" },
      ]);
    },
    capBalances: (accounts) => ledger.balances(accounts),
  });
  const models = createModels({ sql, config: config.models, clock, log, readFeed: () => readFeed(chain) });
  const stakeWeiMin = await readStakeMin(chain, log);
  const nodes = createNodes({
    ...{ sql, models, clock, log, publish: outbox.publish },
    ...(stakeWeiMin === null ? {} : { stakeWeiMin }),
    unsettled: () => settlement.unsettled(),
  });
  const accountOf = (wallet: string) => identity.accountOfWallet(wallet);
  const staking = createStaking({
    ...{ sql, chain: slasher, outbox, config: config.staking, clock, log, accountOf },
    rate8: () => models.price().rate8,
  });
  const revenue = createRevenue({ sql, clock, accountOf });
  const settlement = createSettlement({
    sql,
    ledger,
    outbox,
    chain,
    signer: privateKeyToAccount(config.chain.SIGNER_PRIVATE_KEY),
    subscribers: {
      async nodeRegistry(tx, event) {
        await nodes.applyRegistry(tx, event);
        await trust.applyRegistry(tx, event);
      },
      staking: staking.apply,
    },
    crashPoint: crashPointOf(config.process.CRASH_AT),
    config: config.settlement,
    taskMsMax: config.inference.OVERALL_MS,
    clock,
    log,
    auditSources: { tasks: (after, limit) => inference.auditTasks(after, limit) },
  });
  const inference = createInference({
    sql,
    commits,
    identity,
    ledger,
    models,
    nodes,
    config: config.inference,
    clock,
    log,
    backlogged: settlement.backlogged,
    bandTokens: (claimed) => trust.believable(claimed),
    onchainTask: settlement.chainTask,
  });
  const trust = createTrust({
    ...{ sql, nodes, inference, clock, log, config: config.trust },
    ...{ seal: identity.seal, open: identity.open },
    slash: slasherOf(slasher),
    calibrations: shippedCalibrations(config.models.MODELS_DIR),
    modelFacts(id) {
      const model = models.find(id);
      if (model === null) return null;
      const { tokensPerSecond, vramGbMin } = model;
      return { tokensPerSecond, weightsGb: vramGbMin, counted: models.tokenizer(id) !== null };
    },
  });
  const capacity = createCapacity({
    ...{ sql, inference, models, nodes, clock, log },
    config: config.capacity,
    tells: services.has("worker"),
  });
  const earnings = createEarnings({
    nodes,
    clock,
    sources: {
      earned: settlement.nodeReceipts,
      unpaid: async (nodeId, page) =>
        (await inference.nodeAttempts(nodeId, page)).map((a) => ({ ...a, atMs: a.endedAt.getTime() })),
      unpaidCounts: inference.nodeOutcomes,
      owner: settlement.earnings,
    },
  });
  const idempotency = createIdempotencyStore({
    sql,
    clock,
    log,
    seal: identity.seal,
    open: identity.open,
    isRunning: (ref) => inference.isRunning(ref),
  });

  // One commit of a task: its money decides first, the others follow.
  commits.register("funds", ledger.contributor);
  commits.register("idempotency", idempotency.contributor);
  commits.register("task", inference.contributors.task);
  commits.register("answer", inference.contributors.answer);
  const receipt: Agreed<InferenceReceipt, ReceiptPart, "receipt"> = "receipt";
  commits.register(receipt, settlement.contributor);
  commits.register("events", outbox.contributor);

  connectEvents({ outbox, revenue, nodes, trust, capacity, inference, log });

  // ── edges ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  let draining = false;
  const host = createHttpHost({
    port: config.gateway.PORT,
    host: config.gateway.HOST,
    log,
    registry: metrics.registry,
    frontendUrl: config.gateway.FRONTEND_URL,
    ...(config.gateway.PUBLIC_URL === undefined ? {} : { publicUrl: config.gateway.PUBLIC_URL }),
    ...(config.gateway.TRUST_PROXY === undefined ? {} : { trustProxy: config.gateway.TRUST_PROXY }),
    ready: async () => {
      if (draining) return { ready: false };
      await sql`select 1`;
      return { ready: true };
    },
    isAdmin: (authorization) =>
      config.identity.ADMIN_TOKEN !== undefined && authorization === `Bearer ${config.identity.ADMIN_TOKEN}`,
    userOf: (request) => request.principal?.accountId ?? null,
  });
  const areas: RouteArea[] = [
    v1Area({ inference, models, nodes, idempotency, identity, errorBody: host.errorBody }),
    generateArea(inference),
    tasksArea(inference),
    networkArea({ inference, models, nodes }),
    nodesArea(nodes),
    earnings.area,
    balanceArea(ledger),
    creditsArea({
      ledger,
      accountExists: async (id) => (await identity.account(id)) !== null,
      onGranted: inference.creditsGranted,
    }),
    receiptsArea({ settlement, mustOwnNode: (accountId, nodeId) => nodes.info(accountId, nodeId) }),
    authArea({ identity, frontendUrl: config.gateway.FRONTEND_URL }),
    jwksArea(identity),
    userArea(identity),
    ...settlement.areas,
    staking.area,
    revenue.area,
    ...capacity.areas,
    ...trust.areas,
  ];
  let address = { port: config.gateway.PORT, url: "" };
  createGateway({
    host,
    identity,
    areas,
    limits: { ipPerMin: config.gateway.RATE_IP_PER_MIN, refusedPerMin: config.gateway.RATE_REFUSED_PER_MIN },
    log,
    version: VERSION,
    publicUrl: () => config.gateway.PUBLIC_URL ?? address.url,
    idempotency,
    clock,
  });
  const nodelink = createNodelink({
    ...{ nodes, frames: inference.frames, statements: settlement, chainId: config.chain.CHAIN_ID },
    ...{ config: config.nodelink, clock, log },
  });
  nodelink.attach(host.app.server);
  revenue.onEarned((accountId) => bus.publish("revenue:updates", { accountId }));
  const live = connectRealtime({
    bus,
    inference,
    nodes,
    ledger,
    stats: () => networkStats({ inference, models, nodes }),
  });
  const realtime = createRealtime({
    host: config.gateway.HOST,
    port: config.realtime.REALTIME_PORT,
    frontendUrl: config.gateway.FRONTEND_URL,
    identity,
    ...live,
    bus,
    log,
    limits: { socketsPerIpMax: config.realtime.REALTIME_SOCKETS_PER_IP_MAX },
  });
  trust.registerMetrics(metrics);
  registerMetrics(metrics, { settlement, inference, nodes, commits, models, capacity });

  // ── start; stopping is the reverse: tasks end first, then the agents' sockets close, then the others ───────────────
  await models.start();
  runner.onStop("models", () => models.stop());
  await outbox.start();
  runner.onStop("outbox", () => outbox.stop());
  if (services.has("settlement")) {
    await settlement.start();
    runner.onStop("settlement", () => settlement.stop());
  }
  if (services.has("worker")) {
    runner.onStop("upkeep", startUpkeep({ ledger, idempotency, identity, settlement, staking, log }));
  }
  let realtimePort: number | null = null;
  if (services.has("realtime")) {
    realtimePort = await realtime.start();
    runner.onStop("realtime", () => realtime.stop());
  }
  runner.onStop("http", () => host.close());
  if (services.has("nodelink")) {
    await nodes.start();
    runner.onStop("nodelink", () => nodelink.close());
    runner.onStop("nodes", () => nodes.stop());
    await trust.start();
    runner.onStop("trust", () => trust.stop());
  }
  await inference.start();
  capacity.start();
  runner.onStop("capacity", () => capacity.stop());
  runner.onStop("inference", () => {
    // Whoever spreads requests over processes is told before tasks are refused here.
    draining = true;
    return inference.stop(STOP_GRACE_MS);
  });
  address = await host.listen();
  log.info("listening", { url: address.url, realtimePort, services: [...services] });
}

/** What the registry asks of a node; null while the chain is away, when the default of every deployment serves until the next start. */
async function readStakeMin(chain: FarChain, log: Logger): Promise<bigint | null> {
  try {
    return await chain.minStake();
  } catch (error) {
    log.warn("minimum stake not read, taking the default", { error });
    return null;
  }
}
