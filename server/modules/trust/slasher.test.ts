import { startTestNetwork, type TestNetwork } from "@farlabs/chain/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { slashEventOf } from "./operations/slashEvent.ts";
import { slasherOf } from "./slasher.ts";

const FAR = 10n ** 18n;
const EVIDENCE = `0x${"ab".repeat(32)}` as const;
let network: TestNetwork;

beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.close());

/** What the registry said of slashes so far, as this module reads it. */
async function heard() {
  const head = await network.roles.oracle.getBlockRef();
  const events = await network.roles.oracle.readEvents({ fromBlock: 0n, toBlock: head?.number ?? 0n });
  return events
    .filter((event) => event.contract === "nodeRegistry")
    .map(slashEventOf)
    .filter((event) => event !== null);
}

it("proposes, is appealed, executes and cancels on a real chain, and reads its events as they come", async () => {
  const owner = await network.wallet();
  const node = { owner: owner.account.address.toLowerCase(), nodeId: "node_x" };
  await network.stakeNode(owner, node.nodeId);
  const slasher = slasherOf(network.roles.slasher);
  expect(await slasher.available(node)).toEqual({ wei: 1_000n * FAR, isRegistered: true });

  await slasher.propose({ ...node, amountWei: 100n * FAR, evidence: EVIDENCE });
  const [proposed] = await heard();
  expect(proposed).toMatchObject({ name: "SlashProposed", amount: 100n * FAR, evidence: EVIDENCE });
  const id = proposed?.id ?? -1n;
  await expect(slasher.execute(id)).rejects.toThrow();

  await owner.chain.appealSlash({ id, statement: `0x${"01".repeat(32)}` });
  await expect(slasher.execute(id)).rejects.toThrow();
  await network.roles.arbiter.resolveAppeal({ id, isUpheld: false });
  await network.passTime(120);
  await slasher.execute(id);
  expect(await slasher.available(node)).toEqual({ wei: 900n * FAR, isRegistered: false });

  await slasher.propose({ ...node, amountWei: 5_000n * FAR, evidence: EVIDENCE });
  const second = (await heard()).at(-1)?.id ?? -1n;
  await slasher.cancel(second);
  expect((await heard()).map((event) => event.name)).toEqual([
    ...["SlashProposed", "SlashAppealed", "AppealResolved", "Slashed", "SlashProposed", "SlashCancelled"],
  ]);
  expect(await slasher.available(node)).toEqual({ wei: 900n * FAR, isRegistered: false });
});
