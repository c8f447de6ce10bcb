import { AgentError } from "../errors.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const DAY_MIN = 24 * 60;
const WEEK_MIN = 7 * DAY_MIN;
const SPANS_MAX = 32;
const FORM = /^(?:([a-z]{3})(?:-([a-z]{3}))? )?(\d{2}):(\d{2})-(\d{2}):(\d{2})$/;

/** When a node works, in minutes of the week from Sunday 00:00 of its time zone; `to` may pass the week's end. */
interface Span {
  from: number;
  to: number;
}

export interface WorkingHours {
  /** Whether the node works at this moment (ms since 1970). */
  isOpen(nowMs: number): boolean;
  /** The times as given, for people. */
  readonly text: string;
}

function badHours(text: string, why: string): AgentError {
  return new AgentError(
    "bad_option",
    `--hours "${text}": ${why}. Write for instance "22:00-07:00", "mon-fri 18:00-08:00" or "sat 00:00-24:00".`,
  );
}

function dayOf(text: string, name: string): number {
  const day = (DAYS as readonly string[]).indexOf(name);
  if (day < 0) throw badHours(text, `"${name}" is no day (${DAYS.join(", ")})`);
  return day;
}

function minuteOf(text: string, hour: string, minute: string): number {
  const at = Number(hour) * 60 + Number(minute);
  if (Number(minute) > 59 || at > DAY_MIN) throw badHours(text, `${hour}:${minute} is no time of day`);
  return at;
}

/** Days `from`…`to` inclusive, over the week's end where needed. */
const daysBetween = (from: number, to: number): number[] =>
  Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, i) => (from + i) % 7);

function parseSpan(text: string): Span[] {
  const match = FORM.exec(text.trim().toLowerCase());
  if (match === null) throw badHours(text, "not understood");
  const [, first, last, fromHour = "", fromMinute = "", toHour = "", toMinute = ""] = match;
  const start = minuteOf(text, fromHour, fromMinute);
  const end = minuteOf(text, toHour, toMinute);
  if (start === end) throw badHours(text, "begins when it ends; leave --hours away to work always");
  const from = first === undefined ? 0 : dayOf(text, first);
  const to = first === undefined ? 6 : last === undefined ? from : dayOf(text, last);
  // Until a time before its beginning means: until that time of the next day.
  const length = end > start ? end - start : end + DAY_MIN - start;
  return daysBetween(from, to).map((day) => ({ from: day * DAY_MIN + start, to: day * DAY_MIN + start + length }));
}

/** Minute of the week in a time zone; summer time is the zone's own matter. */
function minuteOfWeek(format: Intl.DateTimeFormat, nowMs: number): number {
  const parts = Object.fromEntries(format.formatToParts(nowMs).map((p) => [p.type, p.value]));
  const day = (DAYS as readonly string[]).indexOf((parts.weekday ?? "").toLowerCase());
  return day * DAY_MIN + Number(parts.hour) * 60 + Number(parts.minute);
}

/**
 * Reads working hours, each `[DAY[-DAY] ]HH:MM-HH:MM`; a time that ends before it begins goes over midnight.
 * @param timeZone IANA name; default: the machine's.
 * @throws AgentError `bad_option`
 */
export function parseWorkingHours(texts: readonly string[], timeZone?: string): WorkingHours {
  if (texts.length > SPANS_MAX) throw new AgentError("bad_option", `at most ${SPANS_MAX} --hours`);
  const spans = texts.flatMap(parseSpan);
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      ...(timeZone === undefined ? {} : { timeZone }),
      ...{ weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    });
  } catch (cause) {
    throw new AgentError("bad_option", `--time-zone "${timeZone}" is not known, write for instance Europe/Oslo`, {
      cause,
    });
  }
  return {
    text: `${texts.join(", ")} (${format.resolvedOptions().timeZone})`,
    isOpen(nowMs) {
      const now = minuteOfWeek(format, nowMs);
      return spans.some((s) => (now >= s.from && now < s.to) || now + WEEK_MIN < s.to);
    },
  };
}
