import { type Revenue, revenueTopics } from "#analytics";
import type { Capacity } from "#capacity";
import type { InferenceModule } from "#inference";
import { CREDITS_GRANTED } from "#ledger";
import { NODE_CHANGED, type Nodes } from "#nodes";
import type { Logger } from "#platform/log";
import type { Outbox } from "#platform/outbox";
import { settlementTopics } from "#settlement";
import type { Trust } from "#trust";

export interface EventDeps {
  outbox: Outbox;
  revenue: Revenue;
  nodes: Nodes;
  trust: Trust;
  capacity: Capacity;
  inference: InferenceModule;
  log: Logger;
}

/** Who hears which event. `consume` is once for the whole network, in a transaction; `listen` once in each process. */
export function connectEvents({ outbox, revenue, nodes, trust, capacity, inference, log }: EventDeps): void {
  outbox.consume("analytics.revenue", revenueTopics, (tx, events) => revenue.count(tx, events));
  outbox.consume("nodes.earned", ["inference.task_finished"], (tx, events) => nodes.taskFinished(tx, events));
  outbox.consume("trust.work", ["inference.task_finished"], (tx, events) => trust.taskFinished(tx, events));
  outbox.consume("trust.statements", [settlementTopics.nodeStatementDiffers], (tx, events) =>
    trust.statementsDiffer(tx, events),
  );
  outbox.consume("capacity.demand", ["inference.task_finished"], capacity.taskFinished);
  outbox.listen([NODE_CHANGED], (event) => {
    nodes
      .refresh(String(event.payload.node_id))
      .catch((error: unknown) => log.warn("node not looked at anew", { error }));
  });
  outbox.listen([CREDITS_GRANTED], (event) => inference.creditsGranted(String(event.payload.account_id)));
  outbox.listen([settlementTopics.epochSettled, settlementTopics.taskSettled], (event) => {
    const earned = Object.entries(event.payload.nodes as Record<string, string>);
    const nodesWei = Object.fromEntries(earned.map(([nodeId, wei]) => [nodeId, BigInt(wei)]));
    // What was completed by itself belongs to no epoch, and so to none that the start had counted in.
    nodes.settled({ epoch: Number(event.payload.epoch ?? Number.MAX_SAFE_INTEGER), nodes: nodesWei });
  });
  outbox.listen([settlementTopics.walletFrozen], (event) => inference.stopWallet(String(event.payload.wallet)));
}
