import { readFileSync } from "node:fs";

/** Where `build.ts` leaves what can be deployed. */
export const deployableDirectory: URL = new URL("./out/deployable/", import.meta.url);

/** The contracts that are deployed, and so have an ABI in `chain/generated` and bytecode in `out/deployable`. */
export const deployableNames = [
  "FARToken",
  "InferencePayment",
  "NodeRegistry",
  "SettableFeed",
  "Staking",
  "TimelockController",
] as const;

/** Name of a contract that can be deployed. */
export type DeployableName = (typeof deployableNames)[number];

/** What deployment needs of a compiled contract. */
export type Deployable = { readonly abi: readonly unknown[]; readonly bytecode: `0x${string}` };

/**
 * Reads one compiled contract.
 * @throws if `build.ts` has not run.
 */
export function readDeployable(name: DeployableName): Deployable {
  return JSON.parse(readFileSync(new URL(`${name}.json`, deployableDirectory), "utf8")) as Deployable;
}
