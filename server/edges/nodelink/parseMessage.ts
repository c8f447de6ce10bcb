import { FRAMES_PER_MESSAGE_MAX } from "@farlabs/protocol";

/** A message as a list of unchecked frames; anything that is not JSON, or too many at once, becomes one frame that no schema accepts. */
export function parseMessage(data: Buffer, binary: boolean): readonly unknown[] {
  if (binary) return [null];
  try {
    const value: unknown = JSON.parse(data.toString("utf8"));
    if (!Array.isArray(value)) return [value];
    return value.length <= FRAMES_PER_MESSAGE_MAX ? value : [null];
  } catch {
    return [null];
  }
}
