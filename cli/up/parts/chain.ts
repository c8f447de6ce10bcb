import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { isChainError } from "@farlabs/chain";
import { type LocalNetwork, startLocalNetwork } from "@farlabs/chain/local";
import { CliError } from "../../errors.ts";
import { noteProcess } from "../childProcess.ts";
import { type Supervised, supervise } from "../supervise.ts";

export interface ChainPart extends Supervised {
  /** The network as it runs now; after the chain ended and came back, another object. */
  network(): LocalNetwork;
}

/** Compiles the contracts where their sources changed. @throws CliError `contracts_do_not_compile` */
export async function buildContracts(root: string): Promise<string> {
  const child = spawn(process.execPath, [join(root, "contracts/build.ts")], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, problems] = [child.stdout, child.stderr].map((stream) => stream.setEncoding("utf8").toArray());
  const [code] = (await once(child, "exit")) as [number | null];
  if (code === 0) return ((await out) ?? []).join("").trim().replace("contracts: ", "");
  const tail = ((await problems) ?? []).join("").trim().split("\n").slice(-20).join("\n");
  throw new CliError("failed", "contracts_do_not_compile", { message: `The contracts do not compile:\n${tail}` });
}

/** Chain and ledger belong together, so an old chain means that all of the state goes. */
const asOldState =
  (stateDir: string) =>
  (error: unknown): never => {
    if (!isChainError(error) || error.code !== "chain_local_outdated") throw error;
    throw new CliError("conflict", "state_outdated", {
      message: `${stateDir} holds a network of another version: its contracts are not the ones of this clone.`,
      hint: `Its FAR is play money. Delete ${stateDir} (and the folder that ${join(stateDir, "postgres", "location")} names, if there is one), then start again; or keep it and choose another with FAR_STATE=DIR.`,
      cause: error,
    });
  };

/** anvil, the contracts on it and a fresh price. @throws CliError `state_outdated` */
export async function startChain(options: {
  stateDir: string;
  port: number;
  onNote(line: string): void;
}): Promise<ChainPart> {
  const { stateDir, port, onNote } = options;
  let network: LocalNetwork | null = null;
  // One line for a state that cannot be saved or a price that cannot be set, not one for each try.
  const told = new Set<string>();
  const once_ = (kind: string, error: unknown): void => {
    if (told.has(kind)) return;
    told.add(kind);
    onNote(`chain: ${kind}: ${error instanceof Error ? error.message : String(error)}`);
  };
  const part = await supervise({
    name: "chain",
    onNote,
    start: async () => {
      let end: (how: string) => void = () => undefined;
      const exited = new Promise<string>((resolve) => {
        end = resolve;
      });
      const starting = startLocalNetwork({
        directory: join(stateDir, "chain"),
        port,
        onExit: ({ code, signal }) => end(signal ?? `exit code ${code}`),
        onSaveError: (error) => once_("its state cannot be saved", error),
        onFeedError: (error) => once_("its price feed cannot be set", error),
      });
      const started = await starting.catch(asOldState(stateDir));
      network = started;
      noteProcess(stateDir, { name: "chain", pid: started.local.pid });
      const stop = async (): Promise<void> => {
        await started.stop();
        end("stopped");
      };
      return { pid: started.local.pid, exited, stop };
    },
  });
  return {
    ...part,
    network: () => {
      if (network === null) throw new Error("the first start has returned a network");
      return network;
    },
  };
}
