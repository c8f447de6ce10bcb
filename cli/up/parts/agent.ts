import { join } from "node:path";
import { startChild } from "../childProcess.ts";
import { openLog } from "../logFile.ts";
import { type Supervised, supervise } from "../supervise.ts";

export interface AgentOptions {
  root: string;
  stateDir: string;
  inherited: Readonly<Record<string, string | undefined>>;
  api: string;
  joinToken: string;
  onNote(line: string): void;
}

export const DEMO_MODEL = "far-mini";

/** The demo node: the agent that any operator runs, in a process of its own, with the model that lies in the clone. */
export async function startAgent(options: AgentOptions): Promise<Supervised> {
  const { root, stateDir, inherited, api, joinToken, onNote } = options;
  const log = openLog(join(stateDir, "logs", "agent.log"));
  const model = join(root, "models", DEMO_MODEL, `${DEMO_MODEL}.gguf`);
  // The token goes by the environment: a command line is visible to every user of the machine.
  const env = { ...inherited, FAR_NODE_TOKEN: joinToken };
  const args = ["--disable-warning=ExperimentalWarning", join(root, "agent/main.ts"), "--network", api];
  args.push("--model", model, "--id", DEMO_MODEL, "--dir", join(stateDir, "agent"));
  const part = await supervise({
    name: "agent",
    onNote,
    start: async () => startChild({ name: "agent", stateDir, cwd: root, args, env, logFd: log.fd }),
  });
  return {
    current: part.current,
    stop: async () => {
      await part.stop();
      log.close();
    },
  };
}
