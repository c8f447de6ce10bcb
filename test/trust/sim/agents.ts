/** Those who run nodes, honest and not. Each sees what an agent really sees, and nothing else. */
import type { AssignFrame } from "@farlabs/protocol";
import type { Check } from "../recordings.ts";
import type { Physics, Spoken } from "./physics.ts";

/** What can be known at the node when a task arrives. */
export interface Sight {
  frame: AssignFrame;
  nowMs: number;
  /** Tasks that this node had before. */
  tasksBefore: number;
  /** Tasks that it computes now. */
  inFlight: number;
  /** This very prompt came before. */
  isRepeated: boolean;
}
export interface Reply extends Spoken {
  claimedTokens: number;
  /** As a multiple of an honest node's. */
  speed: number;
}
export interface Agent {
  answer(sight: Sight): Reply;
  /** What it says when it is asked to score: the pairs of the text, and of its end. */
  score(sight: Sight, honest: Check): Check;
}

export interface Hands {
  physics: Physics;
  random: () => number;
  /** Agreed on outside of the network: texts of the owner's other nodes. */
  friends: Set<string>;
}

const temperatureOf = (frame: AssignFrame): number => frame.request.temperature ?? 1;
const plain = (spoken: Spoken, speed = 1): Reply => ({ ...spoken, claimedTokens: spoken.tokens, speed });
const truthful = (_: Sight, honest: Check): Check => honest;

export const honest = ({ physics }: Hands): Agent => ({
  answer: ({ frame }) => plain(physics.speak("honest", temperatureOf(frame))),
  score: truthful,
});

/** Answers in another way, always; what costs it less, it does half as fast again. */
export const worse =
  (way: string) =>
  ({ physics }: Hands): Agent => ({
    answer: ({ frame }) => plain(physics.speak(way, temperatureOf(frame)), 1.5),
    score: truthful,
  });

/** Honest answers, half as many tokens claimed again. */
export const inflated = (hands: Hands): Agent => ({
  answer: (sight) => {
    const reply = honest(hands).answer(sight);
    return { ...reply, claimedTokens: Math.ceil(reply.tokens * 1.5) + 3 };
  },
  score: truthful,
});

/** Honest answers at a quarter of the speed. */
export const slow = (hands: Hands): Agent => ({
  answer: (sight) => ({ ...honest(hands).answer(sight), speed: 0.25 }),
  score: truthful,
});

/** Honest for so many tasks, then not. */
export const sleeper =
  (way: string, tasks: number) =>
  (hands: Hands): Agent => ({
    answer: (sight) => (sight.tasksBefore < tasks ? honest(hands) : worse(way)(hands)).answer(sight),
    score: truthful,
  });

/**
 * Honest whenever anything smells of an audit: while it is new, at low temperature (where checks are sharpest), for a prompt that comes again, for a
 * seed, and when it is asked in a quiet moment, as if on purpose.
 */
export const sniffer =
  (way: string) =>
  (hands: Hands): Agent => ({
    answer: (sight) => {
      const { frame, inFlight, isRepeated, tasksBefore } = sight;
      const smells =
        tasksBefore < 60 ||
        temperatureOf(frame) <= 0.3 ||
        isRepeated ||
        frame.request.seed !== undefined ||
        inFlight === 0;
      return (smells ? honest(hands) : worse(way)(hands)).answer(sight);
    },
    score: truthful,
  });

/** Answers with a worse model, and tells the others of its owner which answers are its own. */
export const colluding =
  (way: string) =>
  (hands: Hands): Agent => ({
    answer: (sight) => {
      const reply = worse(way)(hands).answer(sight);
      hands.friends.add(reply.text);
      return reply;
    },
    score: vouching(hands).score,
  });

/** Honest at work; as a checker it calls its friend's answers ordinary. */
export const vouching = (hands: Hands): Agent => ({
  answer: honest(hands).answer,
  score: (sight, read) => {
    const text = sight.frame.request.completion?.text ?? "";
    if (!hands.friends.has(text)) return read;
    const { scores } = hands.physics.read(hands.physics.speak("honest", temperatureOf(sight.frame)).text);
    const pair = (i: number) => scores[i % scores.length] ?? ([0, 1] as const);
    return { scores: read.scores.map((_, i) => pair(i)), end: read.end === null ? null : [0, 1] };
  },
});

/** Honest at work; as a checker it calls every answer of one competitor strange, and knows those by hearsay. */
export const framing = (hands: Hands): Agent => ({
  answer: honest(hands).answer,
  score: (sight, read) =>
    hands.friends.has(sight.frame.request.completion?.text ?? "")
      ? { scores: read.scores.map(() => [-9, 200] as const), end: read.end }
      : read,
});

/** Honest, and its answers are known to those who frame it. */
export const framed = (hands: Hands): Agent => ({
  answer: (sight) => {
    const reply = honest(hands).answer(sight);
    hands.friends.add(reply.text);
    return reply;
  },
  score: truthful,
});

/** Honest; from a moment on with another engine than the one that was calibrated. */
export const upgraded =
  (way: string, atMs: number) =>
  (hands: Hands): Agent => ({
    answer: (sight) => (sight.nowMs < atMs ? honest(hands) : upgradedNow(way, hands)).answer(sight),
    score: truthful,
  });
const upgradedNow = (way: string, { physics }: Hands): Agent => ({
  answer: ({ frame }) => plain(physics.speak(way, temperatureOf(frame))),
  score: truthful,
});
