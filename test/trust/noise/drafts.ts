/** Answers of a worse model, made to pass: drafted by it, and looked through by the right one, which only reads. */

import { chooseToken, createSlot, drawsAt, penalise, type Scores, type Slot } from "@farlabs/agent/lab";
import type { LlamaModel, Token } from "node-llama-cpp";
import { type Answer, promptTokens, type Question, type Sampling, TOKENS_MAX } from "./lab.ts";

/** The draft's token stands while the right model ranks it this high. */
const RANK_ACCEPTED_MAX = 3;
const WANTED = {
  logits: { filter: { tokens: [], includeTop: 256 } },
  totalLogitWeight: true,
  options: { temperature: 0 },
} as const;
const NO_PENALTY = { topP: 1, presencePenalty: 0, frequencyPenalty: 0 };

const sortedOf = (scores: Scores) =>
  penalise(
    [...(scores.logits ?? [])].map(([token, logit]) => ({ token, logit })),
    new Map(),
    { temperature: 0, ...NO_PENALTY },
  );

/** The draft's choice where the right model finds it likely enough, else the right model's own. */
function choose(draft: Scores, right: Scores, { temperature, seed }: Sampling, position: number): Token {
  const draw = drawsAt({ seed, choice: 0, position });
  const own = sortedOf(right);
  const drafted = chooseToken(sortedOf(draft), { temperature, ...NO_PENALTY, draw });
  const rank = own.findIndex((c) => c.token === drafted) + 1;
  const chosen =
    rank > 0 && rank <= RANK_ACCEPTED_MAX ? drafted : chooseToken(own, { temperature, ...NO_PENALTY, draw });
  if (chosen === undefined) throw new Error("no token could be chosen");
  return chosen as Token;
}

const slotOf = async (model: LlamaModel): Promise<{ slot: Slot; close(): Promise<void> }> => {
  const context = await model.createContext({ contextSize: 1024, batchSize: 512, threads: 1 });
  return { slot: createSlot(context.getSequence()), close: () => context.dispose() };
};

/** Answers by drafts of `worse` that `right` lets pass. */
export async function draftedAnswers(
  models: { worse: LlamaModel; right: LlamaModel },
  asked: readonly { question: Question; sampling: Sampling }[],
): Promise<Answer[]> {
  const [draft, right] = [await slotOf(models.worse), await slotOf(models.right)];
  const { signal } = new AbortController();
  const answers: Answer[] = [];
  for (const { question, sampling } of asked) {
    const prompt = promptTokens(models.right, question);
    for (const { slot } of [draft, right]) await slot.prefill(prompt, [], signal);
    const tokenIds: Token[] = [];
    let ended = false;
    while (tokenIds.length < TOKENS_MAX && !ended) {
      const token = choose(await draft.slot.next(WANTED), await right.slot.next(WANTED), sampling, tokenIds.length);
      ended = models.right.isEogToken(token);
      if (ended) break;
      tokenIds.push(token);
      for (const { slot } of [draft, right]) slot.accept(token);
    }
    answers.push({ text: models.right.detokenize(tokenIds), tokenIds, pieces: [], ended });
  }
  await draft.close();
  await right.close();
  return answers;
}
