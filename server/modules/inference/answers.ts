import { type Contributor, textArray } from "#platform/pg";

/** The group-commit part `answer`: kept 24 h for `tasks/submit`, sealed by the account's key. */
export interface AnswerPart {
  taskId: string;
  accountId: string;
  sealed: Buffer;
}

export const answerContributor: Contributor<AnswerPart> = {
  write(tx, entries) {
    const parts = entries.map((e) => e.part);
    return [
      tx`insert into inference.answers (task_id, user_id, sealed, expires_at)
         select task_id, user_id, sealed, now() + interval '24 hours'
         from unnest(${textArray(parts.map((p) => p.taskId))}::text[], ${textArray(parts.map((p) => p.accountId))}::text[],
           ${textArray(parts.map((p) => `\\x${p.sealed.toString("hex")}`))}::bytea[])
           as r(task_id, user_id, sealed)
         on conflict (task_id) do nothing`,
    ];
  },
};
