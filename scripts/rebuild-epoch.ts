/**
 * Rebuilds an epoch from its published file, independently of the server: roots from leaf hashes, totals from amounts, and on request all of
 * it against the chain. The format is described in docs/settlement.md; of other code only viem's keccak-256 is used.
 *
 *   node scripts/rebuild-epoch.ts FILE [--rpc URL --contract 0x…]
 *
 * Exits with 0 when everything agrees, 1 when something differs, 2 when it was called wrongly or the chain could not be read.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { keccak256 } from "viem";

type Hex = `0x${string}`;

const HASH = /^0x[0-9a-f]{64}$/;
const AMOUNT = /^(0|[1-9][0-9]*)$/;
const TEXT_FIELDS = ["declared", "funded", "rooted", "stakers", "treasury", "treasury_debit"] as const;
const LIST_FIELDS = ["credits", "debits", "holds"] as const;

type Amounts = Record<(typeof TEXT_FIELDS)[number], bigint> & Record<(typeof LIST_FIELDS)[number], bigint[]>;

interface EpochFile extends Amounts {
  chainId: number;
  contract: Hex;
  epoch: number;
  transaction: Hex;
  taskCount: number;
  receiptsLeaves: Hex[];
  receiptsRoot: Hex;
  payeesLeaves: Hex[];
  payeesRoot: Hex | null;
}

class Wrong extends Error {}

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Wrong(message);
}

const amountOf = (value: unknown, name: string): bigint => {
  check(typeof value === "string" && AMOUNT.test(value), `${name} is not an amount`);
  return BigInt(value);
};
const hashesOf = (value: unknown, name: string): Hex[] => {
  check(Array.isArray(value) && value.every((v) => typeof v === "string" && HASH.test(v)), `${name} are not hashes`);
  return value as Hex[];
};
const hashOf = (value: unknown, name: string): Hex => {
  const [hash] = hashesOf([value], name);
  check(hash !== undefined, `${name} is not a hash`);
  return hash;
};
const integerOf = (value: unknown, name: string): number => {
  check(Number.isSafeInteger(value) && (value as number) > 0, `${name} is not a number above zero`);
  return value as number;
};

const NAMES = [
  ...["chain_id", "contract", "credits", "debits", "declared", "epoch", "funded", "holds", "payees_leaves"],
  ...["payees_root", "receipts_leaves", "receipts_root", "rooted", "stakers", "task_count", "transaction"],
  ...["treasury", "treasury_debit", "version"],
];

/** @throws Wrong for a file that is not canonical, or not of this version */
function parseFile(text: string): EpochFile {
  const raw = JSON.parse(text) as Record<string, unknown>;
  check(JSON.stringify(raw) === text, "the file has white space or is not written canonically");
  check(JSON.stringify(Object.keys(raw)) === JSON.stringify(NAMES), "names are missing, too many or in another order");
  check(raw.version === 1, `version ${raw.version} is not known`);
  check(typeof raw.contract === "string" && /^0x[0-9a-f]{40}$/.test(raw.contract), "contract is not an address");
  const texts = Object.fromEntries(TEXT_FIELDS.map((name) => [name, amountOf(raw[name], name)]));
  const lists = Object.fromEntries(
    LIST_FIELDS.map((name) => {
      check(Array.isArray(raw[name]), `${name} is not a list`);
      const list = raw[name].map((value) => amountOf(value, name));
      check(
        list.every((wei, i) => i === 0 || (list[i - 1] ?? 0n) <= wei),
        `${name} are not in ascending order`,
      );
      return [name, list];
    }),
  );
  return {
    ...(texts as Record<(typeof TEXT_FIELDS)[number], bigint>),
    ...(lists as Record<(typeof LIST_FIELDS)[number], bigint[]>),
    chainId: integerOf(raw.chain_id, "chain_id"),
    contract: raw.contract as Hex,
    epoch: integerOf(raw.epoch, "epoch"),
    taskCount: integerOf(raw.task_count, "task_count"),
    transaction: hashOf(raw.transaction, "transaction"),
    receiptsLeaves: hashesOf(raw.receipts_leaves, "receipts_leaves"),
    receiptsRoot: hashOf(raw.receipts_root, "receipts_root"),
    payeesLeaves: hashesOf(raw.payees_leaves, "payees_leaves"),
    payeesRoot: raw.payees_root === null ? null : hashOf(raw.payees_root, "payees_root"),
  };
}

/** Keccak-256 of the two hashes, the smaller first. */
const parentOf = (a: Hex, b: Hex): Hex => keccak256(`0x${(a < b ? a + b.slice(2) : b + a.slice(2)).slice(2)}`);

/** Level by level; the last of an odd level moves up unchanged. */
function receiptsRoot(leaves: readonly Hex[]): Hex {
  let level = [...leaves];
  while (level.length > 1) {
    const next: Hex[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [a, b] = [level[i], level[i + 1]];
      if (a !== undefined) next.push(b === undefined ? a : parentOf(a, b));
    }
    level = next;
  }
  const [root] = level;
  check(root !== undefined, "an epoch has at least one receipt");
  return root;
}

/** A complete binary tree in an array, the leaves at its end in reverse, as OpenZeppelin's StandardMerkleTree. */
function payeesRoot(leaves: readonly Hex[]): Hex | null {
  if (leaves.length === 0) return null;
  check(
    leaves.every((leaf, i) => i === 0 || (leaves[i - 1] ?? leaf) < leaf),
    "payees_leaves are not in ascending order, each once",
  );
  const tree = [...new Array<Hex>(leaves.length - 1).fill("0x"), ...leaves.toReversed()];
  for (let i = leaves.length - 2; i >= 0; i -= 1) {
    const [a, b] = [tree[2 * i + 1], tree[2 * i + 2]];
    if (a !== undefined && b !== undefined) tree[i] = parentOf(a, b);
  }
  return tree[0] ?? null;
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

/** Everything that the file alone can be held to. @throws Wrong */
function rebuild(file: EpochFile): void {
  check(file.receiptsLeaves.length === file.taskCount, `${file.receiptsLeaves.length} leaves, ${file.taskCount} tasks`);
  const root = receiptsRoot(file.receiptsLeaves);
  check(root === file.receiptsRoot, `the leaves give the receipts root ${root}, not ${file.receiptsRoot}`);
  const payees = payeesRoot(file.payeesLeaves);
  check(payees === file.payeesRoot, `the leaves give the payees root ${payees}, not ${file.payeesRoot}`);
  const debited = sum(file.debits) + file.treasury_debit;
  check(debited === file.declared, `debits sum to ${debited}, not ${file.declared}`);
  const credited = sum(file.credits) + sum(file.holds) + file.rooted + file.stakers + file.treasury;
  check(credited === file.declared, `credits sum to ${credited}, not ${file.declared}`);
  check(file.funded <= file.declared, "more was funded than declared");
}

async function call(rpc: string, method: string, params: unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(rpc, { method: "POST", headers: { "content-type": "application/json" }, body });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}

const selector = (signature: string): string => keccak256(new TextEncoder().encode(signature)).slice(0, 10);
const topic = (signature: string): string => keccak256(new TextEncoder().encode(signature));
const word = (n: number): string => n.toString(16).padStart(64, "0");

interface Log {
  address: string;
  topics: string[];
  data: string;
}

/** The epoch's root in the contract, and its `BatchSettled` in the transaction that the file names. @throws Wrong, Error when the chain is silent */
async function compare(file: EpochFile, rpc: string, contract: string): Promise<void> {
  check(contract.toLowerCase() === file.contract, `the file is of the contract ${file.contract}`);
  check(Number(await call(rpc, "eth_chainId", [])) === file.chainId, `the file is of chain ${file.chainId}`);
  const data = `${selector("receiptsRootOf(uint64)")}${word(file.epoch)}`;
  const root = await call(rpc, "eth_call", [{ to: contract, data }, "latest"]);
  check(root === file.receiptsRoot, `the contract has the receipts root ${root}`);
  const receipt = (await call(rpc, "eth_getTransactionReceipt", [file.transaction])) as { logs: Log[] } | null;
  check(receipt !== null, `the chain has no transaction ${file.transaction}`);
  const of = (name: string): Log | undefined =>
    receipt.logs.find(
      (log) =>
        log.address.toLowerCase() === file.contract &&
        log.topics[0] === topic(name) &&
        log.topics[1] === `0x${word(file.epoch)}`,
    );
  const words = (log: Log): bigint[] => (log.data.slice(2).match(/.{64}/g) ?? []).map((w) => BigInt(`0x${w}`));
  const settled = of("BatchSettled(uint64,bytes32,uint32,uint256,uint256)");
  check(settled !== undefined, "that transaction did not settle this epoch");
  const [tasks, declared, funded] = words(settled);
  check(settled.topics[2] === file.receiptsRoot, `it settled the root ${settled.topics[2]}`);
  check(tasks === BigInt(file.taskCount), `it settled ${tasks} tasks`);
  check(declared === file.declared && funded === file.funded, `it declared ${declared} and funded ${funded} wei`);
  const published = of("RootPublished(uint64,bytes32,uint256,uint64)");
  check(
    (published?.topics[2] ?? null) === file.payeesRoot,
    `it published the payees root ${published?.topics[2] ?? "none"}`,
  );
  check((published === undefined ? 0n : words(published)[0]) === file.rooted, "it rooted another amount");
}

async function main(): Promise<number> {
  const options = { rpc: { type: "string" }, contract: { type: "string" } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1 || (values.rpc === undefined) !== (values.contract === undefined)) {
    process.stderr.write("usage: node scripts/rebuild-epoch.ts FILE [--rpc URL --contract 0x…]\n");
    return 2;
  }
  try {
    const file = parseFile(await readFile(path, "utf8"));
    rebuild(file);
    const { epoch, taskCount, declared, receiptsRoot: root } = file;
    process.stdout.write(`epoch ${epoch}: ${taskCount} receipts give the root ${root}; ${declared} wei add up\n`);
    if (values.rpc === undefined || values.contract === undefined) {
      process.stdout.write("not compared with the chain: no --rpc and --contract\n");
      return 0;
    }
    await compare(file, values.rpc, values.contract);
    process.stdout.write(`the contract ${values.contract} says the same\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return error instanceof Wrong || error instanceof SyntaxError ? 1 : 2;
  }
}

process.exitCode = await main();
