import { createChain, type FarChain } from "@farlabs/chain";
import { isLoopback } from "@farlabs/sdk";
import type { LocalAccount } from "viem";
import type { Context } from "../args/command.ts";
import { chainVariables } from "../config.ts";
import { CliError } from "../errors.ts";

/** The chain of the network that the commands go to: this clone's, else the one in the environment. @throws CliError `no_chain`, `insecure_url` */
export function connectChain({ credentials, config }: Context, account?: LocalAccount): FarChain {
  const local = credentials.local();
  const settings =
    local === null ? config.chain : { rpcUrl: local.rpc, chainId: local.chainId, contracts: local.contracts };
  if (settings === null) {
    throw new CliError("usage", "no_chain", {
      message: "The chain of this network is not known here.",
      hint: `Set ${chainVariables.join(", ")}.`,
    });
  }
  const { protocol, hostname } = new URL(settings.rpcUrl);
  if (protocol !== "https:" && !isLoopback(hostname)) {
    throw new CliError("usage", "insecure_url", {
      message: `Plain ${protocol} to the chain at ${hostname} is refused; use https:.`,
    });
  }
  return createChain({ ...settings, ...(account === undefined ? {} : { account }) });
}
