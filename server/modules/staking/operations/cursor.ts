import { coded } from "#kernel";

/** A page's cursor is the last row's number. @throws invalid_request for what is none */
export function numberBefore(cursor: string | undefined): string {
  if (cursor === undefined) return "9223372036854775807";
  if (!/^\d{1,18}$/.test(cursor)) {
    throw coded("invalid_request", { message: "This cursor is not one of ours.", param: "cursor" });
  }
  return cursor;
}
