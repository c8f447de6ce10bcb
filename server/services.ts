import { coded } from "#kernel";
import "./errors.ts";

/** What a process can run beside the modules that everybody has. */
export type Service = "gateway" | "nodelink" | "realtime" | "worker" | "settlement";

const every: readonly Service[] = ["gateway", "nodelink", "realtime", "worker", "settlement"];
const rows: Readonly<Record<string, readonly Service[]>> = { all: every };

/** `SERVICE_NAME` → what runs. @throws unknown_service for a name without a row */
export function servicesOf(name: string): ReadonlySet<Service> {
  const row = rows[name];
  if (row === undefined)
    throw coded("unknown_service", {
      message: `SERVICE_NAME=${name} is not known. Known: ${Object.keys(rows).join(", ")}.`,
    });
  return new Set(row);
}
