/** What a receipt may look like: exactly these fields, each written in one way only, so that nothing in it goes unread. */
import type { Receipt } from "./types.ts";

/** Null for what fits; else where it does not, as a path. */
type Form = (value: unknown, at: string) => string | null;

const fits =
  (test: (value: unknown) => boolean): Form =>
  (value, at) =>
    test(value) ? null : at;
const text = (pattern: RegExp): Form => fits((value) => typeof value === "string" && pattern.test(value));
const whole = (min: number, max = Number.MAX_SAFE_INTEGER): Form =>
  fits((value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max);
const oneOf = (...values: readonly unknown[]): Form => fits((value) => values.includes(value));
const orNull =
  (form: Form): Form =>
  (value, at) =>
    value === null ? null : form(value, at);
const list =
  (form: Form, max: number, min = 0): Form =>
  (value, at) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) return at;
    return firstOf(value.map((item, i) => form(item, `${at}[${i}]`)));
  };
const firstOf = (flaws: (string | null)[]): string | null => flaws.find((flaw) => flaw !== null) ?? null;

function fields(forms: Readonly<Record<string, Form>>, optional: Readonly<Record<string, Form>> = {}): Form {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return at;
    const known = { ...forms, ...optional };
    const stranger = Object.keys(value).find((key) => !Object.hasOwn(known, key));
    if (stranger !== undefined) return `${at}.${stranger}`;
    return firstOf(
      Object.entries(known).map(([key, form]) => {
        if (Object.hasOwn(value, key)) return form((value as Record<string, unknown>)[key], `${at}.${key}`);
        return Object.hasOwn(optional, key) ? null : `${at}.${key}`;
      }),
    );
  };
}

const hash = text(/^0x[0-9a-f]{64}$/);
const address = text(/^0x[0-9a-f]{40}$/);
const signature = text(/^0x[0-9a-f]{128}1[bc]$/);
const amount = text(/^(0|[1-9][0-9]{0,77})$/);
const name = text(/^[^\p{Cc}\p{Cs}]{1,256}$/u);
const path = list(hash, 32);
const count = whole(1, 2 ** 32 - 1);

const node = fields({
  ...{ amount, attempt: whole(1), held: oneOf(true, false), node_id: name, output_hash: hash, owner: address },
  ...{ score: whole(0, 10_000), tokens: whole(0), tokens_claimed: orNull(whole(0)) },
});
const session = fields({
  ...{ chain_id: whole(1), network: name, key: address, valid_from: whole(0), node_key: address, signature },
});
const statement = fields({ session, root: hash, count, at: whole(0), path, signature });
const missing = fields({ missing: name });
const nodeProof: Form = (value, at) =>
  typeof value === "object" && value !== null && Object.hasOwn(value, "missing")
    ? missing(value, at)
    : statement(value, at);

const gateway = fields({
  ...{
    chain_id: whole(1),
    contract: address,
    root: hash,
    count,
    signed_at: whole(0),
    path,
    signer: address,
    signature,
  },
});
const inclusion = fields({ chain_id: whole(1), contract: address, epoch: whole(1), root: hash, path });

const salt = text(/^0x([0-9a-f]{2}){16,64}$/);
const wallet = text(/^(0x[0-9a-f]{40}|treasury|task:0x[0-9a-f]{64})$/);
const payer = fields({ account: name, purpose: oneOf("user", "check"), salt, wallet });

const receipt = fields(
  {
    ...{ asset: oneOf("FAR", "VCU"), charge: amount, charge_vcu: orNull(amount), created_at: whole(0) },
    ...{ form: oneOf("far-receipt-1"), input_tokens: whole(0), manifest_hash: orNull(name), model: name },
    ...{ nodes: list(node, 1_000, 1), output_tokens: whole(0), payer_hash: hash },
    prices: fields({ input_micro: amount, output_micro: amount }),
    ...{ rate: text(/^[1-9][0-9]{0,77}$/), request_hash: hash, response_hash: hash },
    salt,
    split: fields({ operator: amount, stakers: amount, treasury: amount }),
    task_id: name,
    proof: fields({ gateway, nodes: list(nodeProof, 1_000, 1), inclusion: orNull(inclusion) }),
  },
  { payer },
);

/** The first place that no receipt of this form can have, or null. */
export const flawOf = (value: unknown): string | null => receipt(value, "receipt");

/** Whether a value has the form of a receipt; its contents are still to be checked. */
export const isReceipt = (value: unknown): value is Receipt => flawOf(value) === null;
