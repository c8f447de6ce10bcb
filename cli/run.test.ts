import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { COMMANDS } from "./commands/table.ts";
import { readConfig } from "./config.ts";
import { run } from "./run.ts";
import { testTerminal } from "./terminal/testTerminal.ts";

const home = mkdtempSync(join(tmpdir(), "far-cli-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function far(line: string[], env: Record<string, string> = {}) {
  const terminal = testTerminal();
  const config = readConfig({ HOME: home, FAR_STATE: join(home, "state"), ...env });
  const code = await run({ args: line, terminal, config, signal: new AbortController().signal });
  return { code, out: terminal.stdout(), err: terminal.stderr() };
}

describe("help", () => {
  it("shows every command, with and without a word", async () => {
    for (const line of [[], ["help"], ["--help"], ["-h"]]) {
      const { code, out } = await far(line);
      expect(code).toBe(0);
      for (const { name, summary } of COMMANDS) {
        expect(out).toContain(name);
        expect(out).toContain(summary);
      }
    }
  });

  it.each(COMMANDS.map((c) => c.name))("explains far %s with its options and examples", async (name) => {
    const { code, out } = await far([...name.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: far ${name}`);
    expect(out).toContain("--json");
    expect(out.split("Examples\n")[1]).toContain(`far ${name.split(" ")[0]}`);
    expect((await far(["help", ...name.split(" ")])).out).toBe(out);
  });

  it("shows a group and the exit codes", async () => {
    expect((await far(["keys"])).out).toContain("far keys revoke");
    expect((await far(["help", "exit-codes"])).out).toMatch(/ 5 {2}the balance is too small/);
  });
});

describe("a wrong command line ends with 2 and says what to do", () => {
  it.each([
    [["chta"], /no command "chta"[\s\S]*far chat/],
    [["keys", "make"], /far keys has no command "make"[\s\S]*See far keys --help/],
    [["admin", "findings"], /far admin findings needs one word more[\s\S]*See far admin --help/],
    [["node", "earnings", "--csv"], /--csv needs a value/],
    [["node", "earnings", "--tasks", "--json"], /--tasks needs a value/],
    [["keys", "lst"], /Did you mean far keys list/],
    [["chat", "--modle", "x"], /no option --modle; did you mean --model/],
    [["chat", "a", "b"], /"b" is too much/],
    [["tasks", "show"], /Something is missing/],
    [["deposit", "1e3"], /"1e3" is not an amount/],
    [["deposit", "-5"], /"-5" is not an amount/],
    [["deposit", "0"], /more than 0/],
    [["withdraw", "0", "--yes"], /more than 0/],
    [["tasks", "list", "--limit", "0"], /--limit must be a whole number from 1 to 100/],
    [["chat", "hi", "--temperature", "3", "--url", "http://127.0.0.1:9", "--model", "m"], /--temperature must lie/],
    [["models", "--url", "http://192.168.0.1"], /Plain http: to 192.168.0.1 is refused/],
    [["up", "--cluster"], /not part of this release/],
    [["up", "--port", "0"], /--port must be a whole number/],
    [["up", "--port", "9000", "--chain-port", "9000"], /ports must differ/],
    [["test", "screens"], /no screens/],
    [["keys", "create", "x", "--scope", "admin"], /cannot have the scope "admin"/],
  ])("%j", async (line, message) => {
    const { code, out, err } = await far(line);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(out).toBe("");
  });
});

describe("where to go and as whom", () => {
  it("says that no network is known, and that one does not answer", async () => {
    expect(await far(["models"])).toMatchObject({ code: 7, err: expect.stringMatching(/far up/) });
    const gone = await far(["models", "--key", "k"], { FAR_API_URL: "http://127.0.0.1:9" });
    expect(gone).toMatchObject({ code: 7, err: expect.stringMatching(/connection_failed/) });
    expect(await far(["status"])).toMatchObject({ code: 7, err: expect.stringMatching(/does not run/) });
  });

  it("asks for a login where a key is not enough, and for a wallet", async () => {
    const env = { FAR_API_URL: "http://127.0.0.1:9", FAR_API_KEY: "k" };
    expect(await far(["keys", "list"], env)).toMatchObject({ code: 3, err: expect.stringMatching(/far login/) });
    expect(await far(["login"], env)).toMatchObject({ code: 3, err: expect.stringMatching(/--key-file/) });
    expect(await far(["login", "--key-file", "/nowhere"], env)).toMatchObject({ code: 4 });
  });

  it("prints errors as JSON for scripts", async () => {
    const { err } = await far(["models", "--json"]);
    expect(JSON.parse(err)).toMatchObject({ error: { code: "no_network", hint: expect.any(String) }, exit: 7 });
  });

  it("refuses development keys in production", async () => {
    expect((await far(["up"], { NODE_ENV: "production" })).err).toMatch(/NODE_ENV is production/);
  });
});
