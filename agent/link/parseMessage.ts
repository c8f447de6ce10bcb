import { FRAMES_PER_MESSAGE_MAX, type ServerFrame, serverFrame } from "@farlabs/protocol";

const knownTypes: ReadonlySet<string> = new Set(serverFrame.options.map((o) => o.shape.type.value));
const typeOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null ? (value as { type?: unknown }).type : undefined;

/**
 * The frames of one WebSocket text message. A frame of an unknown type is skipped, so that a newer network may add some.
 * @throws Error when the message is not JSON, holds too many frames, or a known frame is malformed.
 */
export function parseMessage(text: string): ServerFrame[] {
  const body: unknown = JSON.parse(text);
  const items: unknown[] = Array.isArray(body) ? body : [body];
  if (items.length > FRAMES_PER_MESSAGE_MAX) throw new Error(`${items.length} frames in one message`);
  return items.flatMap((item) => {
    const type = typeOf(item);
    if (typeof type === "string" && !knownTypes.has(type)) return [];
    const parsed = serverFrame.safeParse(item);
    if (!parsed.success)
      throw new Error(`malformed ${String(type)} frame: ${parsed.error.issues[0]?.path.join(".") ?? ""}`);
    return [parsed.data];
  });
}
