import { concat, encodeAbiParameters, type Hex, keccak256, parseEther } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestNetwork, type TestNetwork, type TestWallet } from "../local/testing.ts";

let network: TestNetwork;
let payees: [TestWallet, TestWallet];

beforeAll(async () => {
  network = await startTestNetwork();
  payees = [await network.wallet(0n), await network.wallet(0n)];
});

afterAll(() => network.close());

function leafOf(wallet: TestWallet, cumulativeWei: bigint): Hex {
  const inner = keccak256(
    encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [wallet.account.address, cumulativeWei]),
  );
  return keccak256(inner);
}

/** Both payees under one root; each one's proof is the other's leaf. */
function treeOf(amounts: readonly [bigint, bigint]): { root: Hex; proofs: [Hex[], Hex[]] } {
  const leaves = [leafOf(payees[0], amounts[0]), leafOf(payees[1], amounts[1])] as const;
  const sorted = [...leaves].sort();
  return { root: keccak256(concat(sorted)), proofs: [[leaves[1]], [leaves[0]]] };
}

async function settleRooted(amounts: readonly [bigint, bigint], newWei: bigint): Promise<bigint> {
  const amountWei = newWei * 2n;
  const user = await network.wallet(amountWei);
  await user.chain.deposit({ amountWei });
  const epoch = (await user.chain.settledEpoch()) + 1n;
  await network.roles.oracle.settleBatch({
    ...{ epoch, taskCount: 2, receiptsRoot: keccak256("0x03"), treasuryDebitWei: 0n, credits: [] },
    ...{ rootedWei: newWei, payeesRoot: treeOf(amounts).root, stakersWei: (amountWei * 2n) / 5n },
    treasuryWei: amountWei - newWei - (amountWei * 2n) / 5n,
    debits: [{ wallet: user.account.address, amountWei }],
  });
  return epoch;
}

test("payees beyond a batch claim by proof once nobody disputed; a corrected root covers a disputed one", async () => {
  const [a, b] = payees;
  const first: [bigint, bigint] = [parseEther("3"), parseEther("2")];
  const epoch = await settleRooted(first, parseEther("5"));
  const { proofs, root } = treeOf(first);
  expect(await a.chain.payeesRootOf({ epoch })).toMatchObject({ root, isDisputed: false });
  expect(await a.chain.payeesRootOf({ epoch: 99n })).toBeUndefined();
  const claim = { epoch, cumulativeWei: first[0], proof: proofs[0] };
  await expect(a.chain.claimRooted(claim)).rejects.toMatchObject({ revert: { name: "RootNotClaimable" } });
  await network.passTime(60);
  await expect(a.chain.claimRooted({ ...claim, cumulativeWei: first[0] + 1n })).rejects.toMatchObject({
    revert: { name: "ProofInvalid" },
  });
  await a.chain.claimRooted(claim);
  expect(await a.chain.tokenBalance({ wallet: a.account.address })).toBe(first[0]);
  expect(await a.chain.claimedRooted({ payee: a.account.address })).toBe(first[0]);

  const wrong = await settleRooted([parseEther("100"), parseEther("2")], parseEther("1"));
  await network.roles.pauser.disputeRoot({ epoch: wrong });
  await network.passTime(60);
  const stolen = {
    epoch: wrong,
    cumulativeWei: parseEther("100"),
    proof: treeOf([parseEther("100"), parseEther("2")]).proofs[0],
  };
  await expect(a.chain.claimRooted(stolen)).rejects.toMatchObject({ revert: { name: "RootIsDisputed" } });
  const right: [bigint, bigint] = [parseEther("3.5"), parseEther("3.5")];
  const corrected = await settleRooted(right, parseEther("1"));
  await network.passTime(60);
  await b.chain.claimRooted({ epoch: corrected, cumulativeWei: right[1], proof: treeOf(right).proofs[1] });
  expect(await b.chain.tokenBalance({ wallet: b.account.address })).toBe(right[1]);
});
