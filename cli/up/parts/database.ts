import { rmSync } from "node:fs";
import { join } from "node:path";
import { startPostgres } from "@farlabs/server/postgres";
import { noteProcess } from "../childProcess.ts";
import { type Supervised, supervise } from "../supervise.ts";

export interface DatabasePart extends Supervised {
  url: string;
  port: number;
  /** Deletes the data: for a network that is not to survive. */
  erase(): void;
}

/** PostgreSQL as a child, on a port that stays the same while we run. */
export async function startDatabase(options: { stateDir: string; onNote(line: string): void }): Promise<DatabasePart> {
  const { stateDir, onNote } = options;
  let seen = { url: "", port: 0, dataDir: "" };
  const part = await supervise({
    name: "database",
    onNote,
    start: async () => {
      const pg = await startPostgres({ dir: join(stateDir, "postgres"), port: seen.port });
      seen = { url: pg.url, port: pg.port, dataDir: pg.dataDir };
      noteProcess(stateDir, { name: "database", pid: pg.pid });
      return { pid: pg.pid, exited: pg.exited.then(() => "its log is postgres/postgres.log"), stop: () => pg.stop() };
    },
  });
  return {
    ...part,
    url: seen.url,
    port: seen.port,
    erase: () => rmSync(seen.dataDir, { recursive: true, force: true }),
  };
}
