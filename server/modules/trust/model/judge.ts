/** From what a check brought to its factor of evidence: the one way for the module and for whoever simulates it. */
import { type Calibration, type CalibrationKey, lengthOf, shareAsStrange, temperatureOf } from "./calibration.ts";
import { factorOfP, meanFactor } from "./sequential.ts";
import { divergence, endStrangeness, strangeness, TOKENS_MIN, type TokenScore } from "./statistic.ts";

/** Finds what honest looks like; null where it was never measured. */
export type FindCalibration = (key: CalibrationKey) => Calibration | null;

/** One way in which a check looks at an answer. */
export interface View {
  key: CalibrationKey;
  /** Larger is stranger. */
  statistic: number;
}
/** What a check comes to. */
export interface Judgement {
  views: readonly View[];
  /** Share of honest checks at least as strange, of the strangest view; null without any calibration, and then nothing is decided. */
  share: number | null;
  /** 0 … 10, at most 1 on the average of honest nodes; 1 where nothing is decided. */
  factor: number;
}

export interface Answered {
  manifest: string;
  hardware: string;
  /** As the user asked; undefined is the engine's default. */
  temperature: number | undefined;
}

/** Whether an answer says that it ended by itself, so that its end can be judged. One that met a stop sequence ends where the user asked. */
export const endsByItself = (
  finishReason: string | null | undefined,
  { stop }: { stop?: readonly string[] | undefined },
): boolean => finishReason === "stop" && (stop === undefined || stop.length === 0);

/**
 * The views of an answer that a checker scored. `end` is the pair of the end of the turn, where the answer says that it ended by itself: of an answer
 * too short for its words to say anything, whether it may end there is all there is to ask.
 */
export function viewsOfScores(answer: Answered, scores: readonly TokenScore[], end: TokenScore | null): View[] {
  const statistic = strangeness(scores, answer.temperature);
  const key = (kind: "score" | "end"): CalibrationKey => ({
    manifest: answer.manifest,
    hardware: answer.hardware,
    kind,
    temperature: temperatureOf(answer.temperature),
    length: lengthOf(scores.length),
  });
  return [
    ...(statistic === null ? [] : [{ key: key("score"), statistic }]),
    ...(end === null ? [] : [{ key: key("end"), statistic: endStrangeness(end, answer.temperature) }]),
  ];
}

/** The view of a canary's answer beside another honest answer to the same prompt. Characters stand for tokens, four to one. */
export function viewsOfCanary(answer: Answered, text: string, reference: string): View[] {
  const tokens = Math.round(Math.max(text.length, reference.length) / 4);
  if (tokens < TOKENS_MIN) return [];
  const { manifest, hardware, temperature } = answer;
  const key: CalibrationKey = {
    manifest,
    hardware,
    kind: "canary",
    temperature: temperatureOf(temperature),
    length: lengthOf(tokens),
  };
  return [{ key, statistic: divergence(text, reference) }];
}

/** Judges the views of one check. A hardware class that was never calibrated is compared with the calibration over several, `any`. */
export function judge(views: readonly View[], find: FindCalibration): Judgement {
  const shares = views.flatMap(({ key, statistic }) => {
    const calibration = find(key) ?? find({ ...key, hardware: "any" });
    return calibration === null ? [] : [shareAsStrange(calibration, statistic)];
  });
  return {
    views,
    share: shares.length === 0 ? null : Math.min(...shares),
    factor: meanFactor(shares.map(factorOfP)),
  };
}
