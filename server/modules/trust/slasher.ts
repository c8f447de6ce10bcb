import type { FarChain } from "@farlabs/chain";
import type { Slasher } from "./doors.ts";

/** The registry by a chain client whose account holds the role SLASHER. */
export function slasherOf(chain: FarChain): Slasher {
  return {
    async available({ owner, nodeId }) {
      const [state, leastWei] = await Promise.all([
        chain.nodeState({ owner: owner as `0x${string}`, nodeId }),
        chain.minStake(),
      ]);
      const wei = state.stakeWei + state.unbondingWei;
      return { wei, isRegistered: wei >= leastWei };
    },
    async propose({ owner, ...slash }) {
      await chain.proposeSlash({ owner: owner as `0x${string}`, ...slash });
    },
    async cancel(id) {
      await chain.cancelSlash({ id });
    },
    async execute(id) {
      await chain.executeSlash({ id });
    },
  };
}
