/** The registry's events that change what a node has at stake, as the chain package reads them. The others say nothing that is mirrored. */
type Named<Name extends string, Args> = { readonly name: Name; readonly args: Args };
/** The pair that names a node on chain: its owner, and keccak-256 of its id. */
interface OnChainNode {
  readonly owner: string;
  readonly node: string;
}
type Moved = OnChainNode & { readonly amount: bigint };
type Grown = Moved & { readonly stake: bigint };

export type StakeEvent =
  | Named<"NodeRegistered", OnChainNode & { readonly stake: bigint }>
  | Named<"StakeAdded", Grown>
  | Named<"Held", Grown>
  | Named<"UnbondRequested", Moved & { readonly withdrawableAt: bigint }>
  | Named<"UnbondCancelled", Moved>
  | Named<"Unbonded", Moved>
  | Named<"SlashProposed", Moved & { readonly id: bigint }>
  | Named<"SlashCancelled", { readonly id: bigint }>
  | Named<"AppealResolved", { readonly id: bigint; readonly upheld: boolean }>
  | Named<"Slashed", Moved & { readonly id: bigint }>;

/** Any event of the registry; which it is tells `name`. */
export type RegistryEvent = StakeEvent | { readonly name: string; readonly args: unknown };

const NAMES: ReadonlySet<string> = new Set<StakeEvent["name"]>([
  "NodeRegistered",
  "StakeAdded",
  "Held",
  "UnbondRequested",
  "UnbondCancelled",
  "Unbonded",
  "SlashProposed",
  "SlashCancelled",
  "AppealResolved",
  "Slashed",
]);

export const isStakeEvent = (event: RegistryEvent): event is StakeEvent => NAMES.has(event.name);
