/**
 * Canaries: prompts that look like a user's, of which the network knows how honest nodes answer. They are made from a seed, so that no list
 * exists which a node could learn; each is sent to a few nodes of different owners and then never again. What a node receives is an
 * ordinary request: everyday words, an ordinary limit, nothing that is set for canaries alone.
 */
import { createHmac } from "node:crypto";

const TOPICS = [
  "bread",
  "tax returns",
  "a marathon",
  "houseplants",
  "compost",
  "the tides",
  "lithium batteries",
  "bicycle brakes",
  "sourdough",
  "a job interview",
  "sleep",
  "chess openings",
  "coral reefs",
  "concrete",
  "French verbs",
  "photosynthesis",
  "a garden pond",
  "hash tables",
  "jazz",
  "the printing press",
  "home insulation",
  "a telescope",
  "mortgages",
  "cheese",
  "earthquakes",
  "the Silk Road",
  "knitting",
  "vaccines",
  "unit tests",
  "black holes",
  "a wedding speech",
  "tomatoes",
  "noise at work",
  "monsoons",
  "the violin",
  "a small budget",
];
const PEOPLE = ["my mother", "a ten-year-old", "our new colleague", "a class", "my landlord", "a friend", "the team"];
const STYLES = [
  "in two sentences",
  "briefly",
  "in plain words",
  "as a short list",
  "with one example",
  "in one paragraph",
];
const PLACES = ["Lisbon", "Osaka", "a village", "Nairobi", "the mountains", "Chicago", "an island", "Tallinn"];
const TEMPLATES: readonly ((pick: Pick) => string)[] = [
  (p) => `Explain ${p(TOPICS)} to ${p(PEOPLE)} ${p(STYLES)}.`,
  (p) => `What should I know about ${p(TOPICS)} before I start?`,
  (p) => `I live in ${p(PLACES)} and got interested in ${p(TOPICS)}. Where do I begin?`,
  (p) => `Compare ${p(TOPICS)} and ${p(TOPICS)} ${p(STYLES)}`,
  (p) => `write a short message to ${p(PEOPLE)} about ${p(TOPICS)}`,
  (p) => `Why is ${p(TOPICS)} so hard? Answer ${p(STYLES)}.`,
  (p) => `Give me ${2 + p.below(6)} questions to ask about ${p(TOPICS)} in ${p(PLACES)}.`,
  (p) => `${p(TOPICS)}: common mistakes, ${p(STYLES)} please`,
  (p) => `Can you summarise the history of ${p(TOPICS)} ${p(STYLES)}?`,
  (p) => `Plan a day in ${p(PLACES)} for ${p(PEOPLE)} who likes ${p(TOPICS)}.`,
  (p) => `Is there a link between ${p(TOPICS)} and ${p(TOPICS)}?`,
  (p) => `Help ${p(PEOPLE)} choose between ${p(TOPICS)} and ${p(TOPICS)}, ${p(STYLES)}.`,
];
const SYSTEMS = ["You are a helpful assistant.", "Answer concisely.", "You are a friendly expert.", null, null, null];
const LIMITS = [96, 128, 150, 192, 200, 256] as const;

interface Pick {
  <T>(from: readonly T[]): T;
  below(max: number): number;
}

export interface CanaryRequest {
  messages: { role: "system" | "user"; content: string }[];
  maxTokens: number;
}

/** The canary of a seed; the same seed and label always make the same one. */
export function canaryOf(seed: Buffer, label: string): CanaryRequest {
  let drawn = 0;
  const below = (max: number): number => {
    drawn += 1;
    return createHmac("sha256", seed).update(`${label}|${drawn}`).digest().readUInt32BE(0) % max;
  };
  const pick: Pick = Object.assign(<T>(from: readonly T[]): T => from[below(from.length)] as T, { below });
  const system = pick(SYSTEMS);
  const first = pick(TEMPLATES)(pick);
  // Second thoughts, as people have them, multiply what there is to learn.
  const rest = below(3) === 0 ? ` ${pick(TEMPLATES)(pick)}` : "";
  return {
    messages: [
      ...(system === null ? [] : [{ role: "system" as const, content: system }]),
      { role: "user", content: first + rest },
    ],
    maxTokens: pick(LIMITS),
  };
}
