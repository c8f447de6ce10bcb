import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { systemdUnit } from "./systemdUnit.ts";

const unit = (flags: string[]): string =>
  systemdUnit({ far: "/opt/far/far", environmentFile: "/home/o/.config/far/node.env", flags });

it("starts the agent with the flags given, quoted as systemd reads them", () => {
  expect(unit(["--model", "/models/a b.gguf", "--id", '50%"$x'])).toContain(
    'ExecStart=/opt/far/far node start --model "/models/a b.gguf" --id "50%%\\"$$x"\n',
  );
});

it("holds neither the token nor the network, and does not restart what would not mend", () => {
  const text = unit([]);
  expect(text).toContain("EnvironmentFile=/home/o/.config/far/node.env");
  expect(text).toContain("RestartPreventExitStatus=2 3");
});

it("refuses a line break, which would begin a setting of its own", () => {
  expect(() => unit(["a\nExecStartPre=/bin/sh"])).toThrow("line break");
});

it("is a unit that systemd accepts, where systemd is here", ({ skip }) => {
  const dir = mkdtempSync(join(tmpdir(), "far-unit-"));
  const path = join(dir, "far-node.service");
  writeFileSync(
    path,
    systemdUnit({ far: "/bin/true", environmentFile: "/dev/null", flags: ["--hours", "22:00-07:00"] }),
  );
  try {
    execFileSync("systemd-analyze", ["verify", path], { stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") skip("systemd-analyze is not on this machine");
    throw error;
  } finally {
    rmSync(dir, { recursive: true });
  }
});
