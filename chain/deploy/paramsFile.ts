import { type Address, getAddress, isAddress } from "viem";
import { ChainError } from "../errors.ts";
import { defaultPolicy, localPolicy, type NetworkParams, type NetworkPolicy, type NetworkRoles } from "./params.ts";

const roleNames = ["admin", "treasury", "oracle", "signer", "pauser", "slasher", "arbiter"] as const;
const policyNames = Object.keys(defaultPolicy) as (keyof NetworkPolicy)[];

const unfit = (message: string): ChainError => new ChainError("chain_params_unfit", message);

function asRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw unfit(`${what} is not an object.`);
}

function refuseUnknown(given: Readonly<Record<string, unknown>>, known: readonly string[], what: string): void {
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw unfit(`${what} has no ${unknown.join(", ")}; it has ${known.join(", ")}.`);
}

function parseAddress(value: unknown, what: string): Address {
  if (typeof value === "string" && isAddress(value)) return getAddress(value);
  throw unfit(`${what} is no address (0x and 40 hex digits, with a checksum if in mixed case).`);
}

function parseRoles(value: unknown): NetworkRoles {
  const given = asRecord(value, "roles");
  refuseUnknown(given, roleNames, "roles");
  return Object.fromEntries(
    roleNames.map((name) => [name, parseAddress(given[name], `roles.${name}`)]),
  ) as NetworkRoles;
}

function parseNumber(value: unknown, name: keyof NetworkPolicy): number | bigint {
  if (name === "minStakeWei") {
    if (typeof value === "string" && /^\d{1,30}$/.test(value)) return BigInt(value);
    throw unfit("policy.minStakeWei is no decimal string of wei.");
  }
  // The contracts hold all of them in at least 16 and the delays in 32 bits.
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw unfit(`policy.${name} is no whole number.`);
}

function parsePolicy(value: unknown): NetworkPolicy {
  if (value === undefined || value === "default") return defaultPolicy;
  if (value === "local") return localPolicy;
  const given = asRecord(value, "policy");
  refuseUnknown(given, policyNames, "policy");
  const changes = Object.keys(given) as (keyof NetworkPolicy)[];
  return { ...defaultPolicy, ...Object.fromEntries(changes.map((name) => [name, parseNumber(given[name], name)])) };
}

function parseFeed(value: unknown): NetworkParams["priceFeed"] {
  if (typeof value === "string") return { address: parseAddress(value, "priceFeed") };
  const given = asRecord(value, "priceFeed");
  refuseUnknown(given, ["owner", "answer"], "priceFeed");
  const { owner, answer } = given;
  if (typeof answer !== "string" || !/^\d{1,20}$/.test(answer))
    throw unfit("priceFeed.answer is no decimal string (USD per FAR, 8 decimals).");
  return { owner: parseAddress(owner, "priceFeed.owner"), answer: BigInt(answer) };
}

/**
 * What a network is deployed with, from JSON: `roles` (seven addresses), `priceFeed` (an address; on a local chain also
 * `{ owner, answer }`) and `policy` ("default", "local", or the numbers that differ from the default).
 * @throws ChainError `chain_params_unfit` naming the field
 */
export function parseParams(json: unknown): NetworkParams {
  const given = asRecord(json, "The file");
  refuseUnknown(given, ["roles", "priceFeed", "policy"], "The file");
  return { ...parsePolicy(given.policy), ...parseRoles(given.roles), priceFeed: parseFeed(given.priceFeed) };
}
