import { type Address, formatEther, maxUint256, zeroAddress } from "viem";
import { escrowState } from "../actions/escrowState.ts";
import { settleableAmount } from "../actions/settleableAmount.ts";
import { stakingMetrics } from "../actions/stakingMetrics.ts";
import { tokenBalance } from "../actions/tokenBalance.ts";
import type { ChainClient } from "../client.ts";
import type { DeploymentFile } from "../deploy/deploymentFile.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { stakingAbi } from "../generated/stakingAbi.ts";
import { say } from "../program/program.ts";
import { adminContracts, holds, type RoleName, roleContracts } from "./roles.ts";

async function showRoles(client: ChainClient, accounts: readonly Address[]): Promise<void> {
  const { symbol } = client.reader.chain.nativeCurrency;
  for (const account of accounts) {
    const held: string[] = [];
    for (const role of Object.keys(roleContracts) as RoleName[]) {
      const contracts = roleContracts[role];
      const answers = await Promise.all(contracts.map((contract) => holds(client, { contract, role, account })));
      const where = contracts.filter((_, at) => answers[at]);
      if (where.length > 0) held.push(where.length < contracts.length ? `${role} (only ${where.join()})` : role);
    }
    const gas = await withChainErrors(() => client.reader.getBalance({ address: account }));
    say(`${account}  ${held.join(", ") || "no role"}  gas ${formatEther(gas)} ${symbol}`);
  }
}

async function showAdmins(client: ChainClient): Promise<void> {
  for (const contract of adminContracts) {
    const at = { address: client.contracts[contract], abi: stakingAbi } as const;
    const read = client.reader;
    const [admin, [pending, since]] = await withChainErrors(() =>
      Promise.all([
        read.readContract({ ...at, functionName: "defaultAdmin" }),
        read.readContract({ ...at, functionName: "pendingDefaultAdmin" }),
      ]),
    );
    const next =
      pending === zeroAddress ? "" : `, handed to ${pending} from ${new Date(since * 1_000).toISOString()} on`;
    say(`admin of ${contract}: ${admin}${next}`);
  }
}

/** Prints who holds what, whether settlement runs, and what the treasury has. @throws ChainError */
export async function show(
  client: ChainClient,
  at: { deployment: DeploymentFile; more: readonly Address[] },
): Promise<void> {
  const { roles } = at.deployment;
  await showAdmins(client);
  await showRoles(client, [...new Set([...Object.values(roles), ...at.more])]);
  const payment = { address: client.contracts.inferencePayment, abi: inferencePaymentAbi } as const;
  const [paused, treasury, escrow, settleableWei, staking] = [
    await withChainErrors(() => client.reader.readContract({ ...payment, functionName: "paused" })),
    await withChainErrors(() => client.reader.readContract({ ...payment, functionName: "treasury" })),
    await escrowState(client),
    await settleableAmount(client),
    await stakingMetrics(client),
  ];
  say(
    `settlement ${paused ? "is PAUSED" : "runs"}; epoch ${escrow.epoch}; the next may settle ${settleableWei === maxUint256 ? "any amount" : `${formatEther(settleableWei)} FAR`}`,
  );
  say(`escrow holds ${formatEther(escrow.tokenBalanceWei)} FAR and owes ${formatEther(escrow.liabilitiesWei)}`);
  const heldWei = await tokenBalance(client, { wallet: treasury });
  say(
    `treasury ${treasury}: ${formatEther(escrow.treasuryWei)} FAR in the escrow, ${formatEther(heldWei)} in its wallet; it still owes ${formatEther(escrow.pendingWei)}`,
  );
  say(`stakers' reserve ${formatEther(staking.reserveWei)} FAR at ${staking.rewardRateBps} basis points a year`);
}
