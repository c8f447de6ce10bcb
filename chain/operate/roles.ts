import { type Address, type Hex, keccak256, stringToBytes } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { stakingAbi } from "../generated/stakingAbi.ts";
import { UsageError } from "../program/program.ts";
import type { ContractName, Invocation } from "./calls.ts";

/** In which contracts a role is held. The names' hashes are the roles. */
export const roleContracts = {
  oracle: ["inferencePayment", "nodeRegistry"],
  signer: ["inferencePayment"],
  pauser: ["inferencePayment"],
  slasher: ["nodeRegistry"],
  arbiter: ["nodeRegistry"],
} as const satisfies Readonly<Record<string, readonly ContractName[]>>;

export type RoleName = keyof typeof roleContracts;

/** Contracts whose default admin is handed over in two steps. */
export const adminContracts = ["inferencePayment", "nodeRegistry", "staking"] as const;

const hashOf = (role: RoleName): Hex => keccak256(stringToBytes(role.toUpperCase()));

/** @throws UsageError */
export function roleNamed(name: string | undefined): RoleName {
  if (name !== undefined && Object.hasOwn(roleContracts, name)) return name as RoleName;
  throw new UsageError(`There is no role "${name ?? ""}": ${Object.keys(roleContracts).join(", ")}.`);
}

/** Grants or takes a role, in every contract that knows it. */
export function changeRole(kind: "grant" | "revoke", role: RoleName, account: Address): Invocation[] {
  const functionName = kind === "grant" ? "grantRole" : "revokeRole";
  return roleContracts[role].map((contract) => ({ contract, functionName, args: [hashOf(role), account] }));
}

/** Whether an address holds a role in a contract. @throws ChainError */
export function holds(
  client: ChainClient,
  at: { contract: (typeof roleContracts)[RoleName][number]; role: RoleName; account: Address },
): Promise<boolean> {
  // The same function in all of them, from the same library.
  return withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts[at.contract],
      abi: stakingAbi,
      functionName: "hasRole",
      args: [hashOf(at.role), at.account],
    }),
  );
}
