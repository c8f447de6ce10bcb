import { CliError } from "../../errors.ts";

/** Reads `SERVER_NAME=NETWORK_ID` options. @throws CliError `usage` */
export function idsOf(maps: readonly string[] | undefined): Record<string, string> | undefined {
  if (maps === undefined) return undefined;
  return Object.fromEntries(
    maps.map((text) => {
      const at = text.indexOf("=");
      if (at < 1)
        throw new CliError("usage", "usage", { message: `--map must be SERVER_NAME=NETWORK_ID, not "${text}".` });
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
