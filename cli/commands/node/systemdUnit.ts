import { CliError } from "../../errors.ts";

/** Longer than the agent's own drain, so that running answers end before systemd kills. */
const STOP_S = 45;

/** An argument as ExecStart takes it: quoted, and with the unit's own signs doubled (systemd.service(5), "Command lines"). */
function quote(argument: string): string {
  if (/[\n\r\0]/.test(argument))
    throw new CliError("usage", "usage", { message: "A flag of the service must not hold a line break." });
  const escaped = argument
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("%", "%%")
    .replaceAll("$", "$$$$");
  return /^[\w@:./=-]+$/.test(argument) ? argument : `"${escaped}"`;
}

/** The unit of an agent that runs for one user, with network and token in a file of its own. */
export function systemdUnit(p: { far: string; environmentFile: string; flags: readonly string[] }): string {
  const command = [p.far, "node", "start", ...p.flags].map(quote).join(" ");
  return `[Unit]
Description=Far Labs node agent
Documentation=file://${p.far.replace(/far$/, "docs/operators.md")}
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
EnvironmentFile=${p.environmentFile.replaceAll("%", "%%")}
ExecStart=${command}
Restart=on-failure
RestartSec=5
RestartSteps=6
RestartMaxDelaySec=300
# The network said that this node is not to come back (exit 3), or the command line is wrong (2): a restart would not mend it.
RestartPreventExitStatus=2 3
KillSignal=SIGTERM
TimeoutStopSec=${STOP_S}
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=full

[Install]
WantedBy=default.target
`;
}
