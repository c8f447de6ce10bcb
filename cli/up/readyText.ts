import type { NetworkFile } from "../credentials/networkFile.ts";
import type { Style } from "../terminal/terminal.ts";
import { DEMO_MODEL } from "./parts/agent.ts";

/** What `far up` says when all runs: where, what each part is, and a call that works as it stands. */
export function readyText(
  file: NetworkFile,
  options: { style: Style; isLocalChain: boolean; stateDir: string; isEphemeral: boolean },
): string[] {
  const { style } = options;
  const chain = options.isLocalChain ? "local chain: its FAR is play money" : `chain ${file.chainId}`;
  // Another terminal looks for the network in the clone's own folder.
  const state = options.stateDir.endsWith("/.far") ? "" : `FAR_STATE=${options.stateDir} `;
  const body = `{"model":"${DEMO_MODEL}","messages":[{"role":"user","content":"How are operators paid?"}]}`;
  return [
    "",
    style.bold("The network is ready."),
    `  API       ${style.cyan(`${file.api}/v1`)}   OpenAI-compatible`,
    `  realtime  ${style.cyan(file.realtime)}   Socket.IO`,
    `  chain     ${style.cyan(file.rpc)}   ${chain}`,
    `  model     ${DEMO_MODEL}   a small demo model: it knows a little about this network, nothing else`,
    `  API key   ${file.apiKey}   of the demo account`,
    `  state     ${options.stateDir}${options.isEphemeral ? "   removed at the end" : "   survives restarts"}`,
    "",
    "Try it:",
    `  curl ${file.api}/v1/chat/completions -H 'Authorization: Bearer ${file.apiKey}' \\`,
    `    -H 'Content-Type: application/json' -d '${body}'`,
    `  ${state}./far chat "How are operators paid?"`,
    "",
    style.dim("Ctrl-C stops everything in order."),
  ];
}
