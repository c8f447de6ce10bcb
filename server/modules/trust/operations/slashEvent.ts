import { z } from "zod";
import type { RegistryEvent } from "../doors.ts";

const id = z.bigint();
/** The events of slashes, by name; amounts in wei, times in seconds. */
const events = {
  SlashProposed: z.object({ id, amount: z.bigint(), evidence: z.string(), executableAt: z.bigint() }),
  SlashAppealed: z.object({ id }),
  AppealResolved: z.object({ id, upheld: z.boolean() }),
  SlashCancelled: z.object({ id }),
  Slashed: z.object({ id, amount: z.bigint() }),
};

type Events = { [Name in keyof typeof events]: { name: Name } & z.infer<(typeof events)[Name]> };
export type SlashEvent = Events[keyof Events];

/** What an event says of a slash; null for every other event. */
export function slashEventOf({ name, args }: RegistryEvent): SlashEvent | null {
  if (!Object.hasOwn(events, name)) return null;
  const kind = name as SlashEvent["name"];
  return { name: kind, ...events[kind].parse(args) } as SlashEvent;
}
